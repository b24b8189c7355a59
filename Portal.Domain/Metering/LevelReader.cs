using System.Numerics;
using Npgsql;
using NpgsqlTypes;
using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>Reads levels × the time that they lasted, for meters that weigh by time. The level comes in from all earlier changes.</summary>
/// <remarks>
/// Let L be the sum of all changes before an instant p, and T the sum of each change × the time at which it came. The level × time from the
/// beginning until p is p · L − T, whatever lies between; a window's is the difference between its ends. Both sums come from the buckets, so a
/// window is exact at any instant, and only a quarter-hour that p cuts between two events is read from the events.
/// </remarks>
internal sealed class LevelReader(StoredEvents events, UsageGroups groups)
{
    private const string CutSql = """
        SELECT DISTINCT bucket.start FROM usage_buckets bucket
        JOIN unnest($3, $4) AS cut (start, at) ON bucket.start = cut.start AND bucket.last_time >= cut.at
        WHERE bucket.customer_id = $1 AND bucket.meter_id = ANY ($2)
        """;

    private const string Sql = """
        SELECT added.number, added.meter_id, added.group_id, kept.values, added.events, added.change, added.moment
        FROM (
            SELECT width_bucket(bucket.start, $4) AS number, bucket.meter_id, bucket.group_id, sum(bucket.events)::bigint AS events,
                trunc(sum(bucket.sum) * 1000000000000) AS change,
                trunc(sum(moment.moment + bucket.sum * 1000000000000 * trunc(extract(epoch FROM bucket.start - $5) * 1000000))) AS moment
            FROM usage_buckets bucket
            JOIN usage_moments moment USING (customer_id, meter_id, start, group_id)
            WHERE bucket.customer_id = $1 AND bucket.meter_id = ANY ($2) AND bucket.start < $3 AND bucket.start <> ALL ($6)
            GROUP BY 1, 2, 3) added
        JOIN usage_groups kept ON kept.id = added.group_id
        """;

    /// <summary>Reads the windows of a stretch of time, as far as it has passed.</summary>
    /// <param name="connection">Where.</param>
    /// <param name="customerId">Whose.</param>
    /// <param name="meters">Meters that weigh by time.</param>
    /// <param name="starts">The starts of the windows, in order; the first may lie before <paramref name="from"/>.</param>
    /// <param name="from">From this instant.</param>
    /// <param name="until">Up to this instant: the end of the stretch, or now.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<List<(int Window, UsageTotal Total)>> Read(
        NpgsqlConnection connection, int customerId, IReadOnlyList<Meter> meters, DateTime[] starts, DateTime from, DateTime until, CancellationToken cancellation)
    {
        if (until <= from)
        {
            return [];
        }

        // Window n lies between edge n and edge n + 1; what came before the first is number 0.
        DateTime[] edges = [from, .. starts.Skip(1).Where(start => start < until)];
        var changes = new Dictionary<int, GroupChanges>();
        var cut = await Cut(connection, customerId, meters, from, until, cancellation);
        await ReadBuckets(connection, customerId, meters, edges, until, cut, changes, cancellation);
        var match = new MeterMatch([.. meters]);
        foreach (var start in cut)
        {
            await events.Read(connection, customerId, start, Earlier(start + BucketTally.Quarter, until), match, Take, cancellation);
        }

        return [.. changes.Values.SelectMany(group => group.Windows(edges, until))];

        void Take(StoredReading reading)
        {
            var found = Array.BinarySearch(edges, reading.Time);
            Of(changes, reading.Group.Id, reading.Group.Meter.Meter.Id, groups.Shown(reading.Group)).Add(
                found >= 0 ? found + 1 : ~found, 1, DetailTally.ToWhole(reading.Value), DetailTally.MomentOf(reading.Value, reading.Time - from));
        }
    }

    /// <summary>The quarter-hours in which an event lies on the other side of an end: their buckets are of no use.</summary>
    private static async Task<DateTime[]> Cut(NpgsqlConnection connection, int customerId, IReadOnlyList<Meter> meters, DateTime from, DateTime until, CancellationToken cancellation)
    {
        DateTime[] ends = [.. new[] { from, until }.Where(end => BucketTally.QuarterOf(end) != end)];
        if (ends.Length == 0)
        {
            return [];
        }

        await using var select = new NpgsqlCommand(CutSql, connection);
        AddWhose(select, customerId, meters);
        select.Parameters.Add(BucketWriter.Column([.. ends.Select(BucketTally.QuarterOf)], NpgsqlDbType.TimestampTz));
        select.Parameters.Add(BucketWriter.Column([.. ends], NpgsqlDbType.TimestampTz));
        var cut = new List<DateTime>();
        await using var rows = await select.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            cut.Add(rows.GetDateTime(0));
        }

        return [.. cut];
    }

    private static async Task ReadBuckets(
        NpgsqlConnection connection, int customerId, IReadOnlyList<Meter> meters, DateTime[] edges, DateTime until, DateTime[] cut,
        Dictionary<int, GroupChanges> changes, CancellationToken cancellation)
    {
        // A quarter-hour that the first edge lies in, and that is not cut, is over before it.
        var firstWhole = BucketTally.QuarterOf(edges[0].AddTicks(BucketTally.Quarter.Ticks - 1));
        await using var select = new NpgsqlCommand(Sql, connection);
        AddWhose(select, customerId, meters);
        select.Parameters.Add(new() { Value = until, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        select.Parameters.Add(BucketWriter.Column([firstWhole, .. edges.Skip(1)], NpgsqlDbType.TimestampTz));
        select.Parameters.Add(new() { Value = edges[0], NpgsqlDbType = NpgsqlDbType.TimestampTz });
        select.Parameters.Add(BucketWriter.Column([.. cut], NpgsqlDbType.TimestampTz));
        await using var rows = await select.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            Of(changes, rows.GetInt32(2), rows.GetInt32(1), rows.GetFieldValue<string[]>(3))
                .Add(rows.GetInt32(0), rows.GetInt64(4), rows.GetFieldValue<BigInteger>(5), rows.GetFieldValue<BigInteger>(6));
        }
    }

    private static void AddWhose(NpgsqlCommand select, int customerId, IReadOnlyList<Meter> meters)
    {
        select.Parameters.Add(new() { Value = customerId });
        select.Parameters.Add(new() { Value = meters.Select(meter => meter.Id).ToArray() });
    }

    private static GroupChanges Of(Dictionary<int, GroupChanges> changes, int group, int meter, string[] values) =>
        changes.TryGetValue(group, out var found) ? found : changes[group] = new GroupChanges(meter, values);

    private static DateTime Earlier(DateTime one, DateTime other) => one < other ? one : other;

    /// <summary>A group's changes by window: number 0 holds those before the first.</summary>
    private sealed class GroupChanges(int meterId, string[] values)
    {
        private readonly SortedDictionary<int, (long Events, BigInteger Change, BigInteger Moment)> _numbers = [];

        public void Add(int number, long events, BigInteger change, BigInteger moment)
        {
            var sum = _numbers.GetValueOrDefault(number);
            _numbers[number] = (sum.Events + events, sum.Change + change, sum.Moment + moment);
        }

        public IEnumerable<(int Window, UsageTotal Total)> Windows(DateTime[] edges, DateTime until)
        {
            var (_, level, moment) = _numbers.GetValueOrDefault(0);
            for (var window = 0; window < edges.Length; window++)
            {
                var atStart = (Since(edges[window]) * level) - moment;
                var added = _numbers.GetValueOrDefault(window + 1);
                level += added.Change;
                moment += added.Moment;
                var lasted = (Since(window + 1 < edges.Length ? edges[window + 1] : until) * level) - moment - atStart;
                if (added.Events > 0 || !lasted.IsZero)
                {
                    yield return (window, new UsageTotal(meterId, values, added.Events, Exact.To12(added.Change, DetailTally.ToWhole(1)), null, null, null, null) { LevelTime = lasted });
                }
            }

            BigInteger Since(DateTime edge) => (edge - edges[0]).Ticks / TimeSpan.TicksPerMicrosecond;
        }
    }
}
