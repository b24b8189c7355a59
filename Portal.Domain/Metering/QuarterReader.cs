using Npgsql;
using NpgsqlTypes;
using Portal.Domain.Catalog;

namespace Portal.Domain.Metering;

/// <summary>A group's bucket of a quarter-hour.</summary>
/// <param name="Start">The start of the quarter-hour.</param>
/// <param name="GroupId">The group.</param>
/// <param name="Group">Its values.</param>
/// <param name="Events">The number of events.</param>
/// <param name="Sum">The sum of their values.</param>
/// <param name="Min">The smallest.</param>
/// <param name="Change">The transaction that changed it last: as long as it is the same, so are the events.</param>
internal readonly record struct QuarterTotal(DateTime Start, int GroupId, string[] Group, long Events, decimal Sum, decimal Min, long Change);

/// <summary>Reads one meter's usage by the quarter-hour, and its values one by one, for what the sums of a period do not answer.</summary>
internal sealed class QuarterReader(StoredEvents events, UsageGroups groups)
{
    private const string Sql = $"""
        SELECT bucket.start, bucket.group_id, kept.values, bucket.events,
            {SumBound.OfBucket}, bucket.min, bucket.xmin::text::bigint
        FROM usage_buckets bucket JOIN usage_groups kept ON kept.id = bucket.group_id
        WHERE bucket.customer_id = $1 AND bucket.meter_id = $2 AND bucket.start >= $3 AND bucket.start < $4
        ORDER BY bucket.start, bucket.group_id
        """;

    /// <summary>The buckets of whole quarter-hours, in order.</summary>
    public static async Task<List<QuarterTotal>> Totals(NpgsqlConnection connection, int customerId, int meterId, DateTime from, DateTime to, CancellationToken cancellation)
    {
        var totals = new List<QuarterTotal>();
        await using var select = new NpgsqlCommand(Sql, connection);
        select.Parameters.Add(new() { Value = customerId });
        select.Parameters.Add(new() { Value = meterId });
        select.Parameters.Add(new() { Value = from, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        select.Parameters.Add(new() { Value = to, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await using var rows = await select.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            totals.Add(new QuarterTotal(
                rows.GetDateTime(0), rows.GetInt32(1), rows.GetFieldValue<string[]>(2), rows.GetInt64(3), rows.GetDecimal(4), rows.GetDecimal(5), rows.GetInt64(6)));
        }

        return totals;
    }

    /// <summary>The values of a stretch of time: when each came, in which group, and what it was. Of one instant the smaller comes first, in whatever order they were sent.</summary>
    public async Task<List<(DateTime Time, int GroupId, string[] Group, decimal Value)>> Values(
        NpgsqlConnection connection, int customerId, Meter meter, DateTime from, DateTime to, CancellationToken cancellation)
    {
        var values = new List<(DateTime Time, int GroupId, string[] Group, decimal Value)>();
        if (from < to)
        {
            await events.Read(connection, customerId, from, to, new MeterMatch([meter]), reading => values.Add((reading.Time, reading.Group.Id, groups.Shown(reading.Group), reading.Value)), cancellation);
            values.Sort((left, right) => (left.Time, left.Value).CompareTo((right.Time, right.Value)));
        }

        return values;
    }
}
