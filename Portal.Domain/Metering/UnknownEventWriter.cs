using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Portal.Domain.Metering;

/// <summary>Keeps the events of types that no meter reads, each once.</summary>
internal static class UnknownEventWriter
{
    private const string Sql = """
        INSERT INTO unknown_events (customer_id, event_id, type, time, received_at, properties)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6::jsonb[])
        ON CONFLICT (customer_id, event_id) DO NOTHING
        """;

    /// <summary>The statement that keeps those of some batches, in one order for all who write them; null where there are none.</summary>
    public static NpgsqlBatchCommand? Command(IReadOnlyList<EventBatch> batches)
    {
        var inbox = batches.SelectMany(batch => batch.Inbox.Select(item => (Event: item, batch.ReceivedAt)))
            .OrderBy(item => item.Event.CustomerId).ThenBy(item => item.Event.Id, StringComparer.Ordinal).ToList();
        return inbox.Count == 0 ? null : new NpgsqlBatchCommand(Sql)
        {
            Parameters =
            {
                BucketWriter.Column(inbox.ConvertAll(item => item.Event.CustomerId), NpgsqlDbType.Integer),
                BucketWriter.Column(inbox.ConvertAll(item => item.Event.Id), NpgsqlDbType.Text),
                BucketWriter.Column(inbox.ConvertAll(item => item.Event.Type), NpgsqlDbType.Text),
                BucketWriter.Column(inbox.ConvertAll(item => item.Event.Time), NpgsqlDbType.TimestampTz),
                BucketWriter.Column(inbox.ConvertAll(item => item.ReceivedAt.UtcDateTime), NpgsqlDbType.TimestampTz),
                BucketWriter.Column(inbox.ConvertAll(item => Encoding.UTF8.GetString(item.Event.Properties)), NpgsqlDbType.Text),
            },
        };
    }
}
