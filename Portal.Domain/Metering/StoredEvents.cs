using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;

namespace Portal.Domain.Metering;

/// <summary>What one stored event adds to one group of usage.</summary>
internal readonly record struct StoredReading(DateTime Time, UsageGroup Group, decimal Value, Guid Distinct);

/// <summary>Reads usage from the events themselves, for what a bucket is too coarse for or must be made anew from.</summary>
public sealed class StoredEvents(EventIntake intake, UsageGroups groups)
{
    /// <summary>Holds for an event (named <c>event</c> in the statement) that nobody took back.</summary>
    internal const string NotVoided = """
        NOT EXISTS (
            SELECT FROM event_voids void
            WHERE void.customer_id = event.customer_id AND void.event_time = event.time
            AND void.id_hash = encode(substr(sha256(convert_to(event.id, 'UTF8')), 1, 16), 'hex')::uuid)
        """;

    private const string Sql = $"""
        SELECT event.time, event.type, convert_to(event.properties::text, 'UTF8'), event.received_at
        FROM events event
        WHERE event.customer_id = $1 AND event.time >= $2 AND event.time < $3 AND event.billable AND event.type = ANY ($4) AND {NotVoided}
        """;

    /// <summary>Hands over what the meters of now read from a customer's billable events in a stretch of time, each with its group's number.</summary>
    internal Task Read(NpgsqlConnection connection, int customerId, DateTime from, DateTime to, Action<StoredReading> take, CancellationToken cancellation) =>
        Read(connection, customerId, from, to, intake.Match, take, cancellation);

    /// <summary>The same for some meters alone: events that they do not read are not looked into.</summary>
    internal async Task Read(
        NpgsqlConnection connection, int customerId, DateTime from, DateTime to, MeterMatch match, Action<StoredReading> take, CancellationToken cancellation)
    {
        var unnumbered = new List<StoredReading>();
        await foreach (var reading in Scan(connection, customerId, from, to, match, cancellation))
        {
            if (reading.Group.Id > 0)
            {
                take(reading);
            }
            else
            {
                unnumbered.Add(reading);
            }
        }

        if (unnumbered.Count > 0)
        {
            await groups.Number([.. unnumbered.Select(reading => reading.Group).Distinct()], cancellation);
            unnumbered.ForEach(take);
        }
    }

    private async IAsyncEnumerable<StoredReading> Scan(
        NpgsqlConnection connection, int customerId, DateTime from, DateTime to, MeterMatch match, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var properties = new EventProperties();
        var groupKey = new byte[128];
        await using var select = new NpgsqlCommand(Sql, connection);
        select.Parameters.Add(new() { Value = customerId });
        select.Parameters.Add(new() { Value = from, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        select.Parameters.Add(new() { Value = to, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        select.Parameters.Add(new() { Value = match.Types });
        await using var rows = await select.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            if (match.Find(System.Text.Encoding.UTF8.GetBytes(rows.GetString(1))) is not { } type)
            {
                continue;
            }

            var (time, receivedAt) = (rows.GetDateTime(0), rows.GetFieldValue<DateTimeOffset>(3));
            properties.Read(rows.GetFieldValue<byte[]>(2));
            foreach (var meter in type.Meters)
            {
                // A meter that came later may find nothing to read in an event that was taken before it.
                if (meter.Meter.CountsWhatCame(receivedAt) && meter.Read(properties, out var value) == ReadingOutcome.Read)
                {
                    yield return new StoredReading(time, groups.Find(customerId, meter, meter.GroupKey(properties, ref groupKey)), value, meter.Distinct(properties));
                }
            }
        }
    }
}
