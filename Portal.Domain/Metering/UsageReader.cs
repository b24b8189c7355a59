using Npgsql;
using NpgsqlTypes;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>Reads usage: whole quarter-hours from the buckets, parts of one from the events, by the same matching that filled the buckets.</summary>
public sealed class UsageReader(NpgsqlDataSource database, Register register, UsageGroups groups, StoredEvents events, BusinessClock clock)
{
    // Groups are named after adding up: thousands of buckets make a handful of sums. The latest value is looked for where a meter asks for it.
    private const string Sql = $"""
        SELECT added.number, added.meter_id, added.group_id, kept.values, added.events,
            {SumBound.OfAdded},
            added.min, added.max, added.last_time, added.latest[2]
        FROM (
            SELECT width_bucket(bucket.start, $5) AS number, bucket.meter_id, bucket.group_id,
                sum(bucket.events)::bigint AS events, sum(bucket.sum) AS sum, min(bucket.min) AS min, max(bucket.max) AS max,
                max(bucket.last_time) AS last_time,
                max(ARRAY[extract(epoch FROM bucket.last_time), bucket.last_value]) FILTER (WHERE bucket.meter_id = ANY ($6)) AS latest
            FROM usage_buckets bucket
            WHERE bucket.customer_id = $1 AND bucket.meter_id = ANY ($2) AND bucket.start >= $3 AND bucket.start < $4
            GROUP BY 1, 2, 3) added
        JOIN usage_groups kept ON kept.id = added.group_id
        """;

    /// <summary>What a customer used of each meter and group in a stretch of time; what was taken back or is not billable is not in it.</summary>
    /// <param name="customerId">The customer.</param>
    /// <param name="from">From this instant.</param>
    /// <param name="to">Up to, not including, this instant.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<IReadOnlyList<UsageTotal>> Totals(int customerId, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await Totals(connection, customerId, from, to, Now, cancellation);
    }

    /// <summary>Reads one meter's usage by the quarter-hour, and its values one by one.</summary>
    internal QuarterReader Quarters { get; } = new(events, groups);

    /// <summary>Holds the moment, so that several figures belong together.</summary>
    public Task<UsageSnapshot> Snapshot(CancellationToken cancellation) => UsageSnapshot.Open(this, database, cancellation);

    /// <summary>Business time, to the microsecond that the database keeps.</summary>
    internal DateTimeOffset Now => new(Microseconds(clock.GetUtcNow()), TimeSpan.Zero);

    internal async Task<IReadOnlyList<UsageTotal>> Totals(
        NpgsqlConnection connection, int customerId, DateTimeOffset from, DateTimeOffset to, DateTimeOffset at, CancellationToken cancellation)
    {
        if (to <= from)
        {
            return [];
        }

        var rows = await Read(connection, customerId, register.Now.Meters, [from.UtcDateTime], new Period(from, to), at, cancellation);
        return rows.ConvertAll(row => row.Total);
    }

    /// <summary>What a customer used of each group in each of several windows.</summary>
    /// <param name="customerId">The customer.</param>
    /// <param name="meters">The meters to read.</param>
    /// <param name="starts">Where the windows start, in order.</param>
    /// <param name="end">Where the last one ends.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The window's index with each total; nothing for a window without usage.</returns>
    internal async Task<List<(int Window, UsageTotal Total)>> Windows(
        int customerId, IReadOnlyList<Meter> meters, IReadOnlyList<DateTimeOffset> starts, DateTimeOffset end, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await Read(connection, customerId, meters, [.. starts.Select(start => start.UtcDateTime)], new Period(starts[0], end), Now, cancellation);
    }

    /// <summary>A customer's usage over time, in windows of its zone, for a caller who may see it.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's.</exception>
    /// <exception cref="InvalidInputException">Where the question makes no sense, with the fields at fault.</exception>
    public async Task<IReadOnlyList<UsageRow>> Series(Actor actor, UsageQuery query, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ReadUsage, query.Customer).Customer;
        var meters = query.MetersIn(register.Now);
        var windows = query.WindowsIn(TimeZones.Find(customer.TimeZone)!);
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await Read(connection, customer.Id, meters, [.. windows.Select(window => window.Start.UtcDateTime)], query.Period, Now, cancellation);
        return query.Fold(rows, meters, windows);
    }

    /// <summary>The totals of those meters for which buckets alone do not answer.</summary>
    internal async Task<IReadOnlyList<UsageTotal>> DetailTotals(
        NpgsqlConnection connection, int customerId, DateTimeOffset from, DateTimeOffset to, DateTimeOffset at, CancellationToken cancellation)
    {
        List<Meter> meters = [.. register.Now.Meters.Where(HasDetail)];
        if (meters.Count == 0 || to <= from)
        {
            return [];
        }

        var rows = await Read(connection, customerId, meters, [from.UtcDateTime], new Period(from, to), at, cancellation);
        return rows.ConvertAll(row => row.Total);
    }

    /// <summary>Whether more than buckets is needed to answer for a meter.</summary>
    internal static bool HasDetail(Meter meter) => meter.Aggregation is Aggregation.Unique or Aggregation.WeightedSum;

    private async Task<List<(int Window, UsageTotal Total)>> Read(
        NpgsqlConnection connection, int customerId, IReadOnlyList<Meter> meters, DateTime[] starts, Period period, DateTimeOffset at, CancellationToken cancellation)
    {
        List<Meter> levels = [.. meters.Where(meter => meter.Aggregation == Aggregation.WeightedSum)];
        List<Meter> others = [.. meters.Where(meter => meter.Aggregation != Aggregation.WeightedSum)];
        var rows = others.Count > 0 ? await ReadSums(connection, customerId, others, starts, period, cancellation) : [];
        if (levels.Count > 0)
        {
            // What a level comes to is known as far as time has passed.
            var (now, from, to) = (at.UtcDateTime, Microseconds(period.Start), Microseconds(period.End));
            rows.AddRange(await new LevelReader(events, groups).Read(connection, customerId, levels, starts, from, to < now ? to : now, cancellation));
        }

        return rows;
    }

    private async Task<List<(int Window, UsageTotal Total)>> ReadSums(
        NpgsqlConnection connection, int customerId, IReadOnlyList<Meter> meters, DateTime[] starts, Period period, CancellationToken cancellation)
    {
        var (from, to) = (period.Start.UtcDateTime, period.End.UtcDateTime);
        var wholeTo = BucketTally.QuarterOf(to);
        var wholeFrom = BucketTally.QuarterOf(from.AddTicks(BucketTally.Quarter.Ticks - 1));
        var sums = new Dictionary<(int Window, int Group), UsageTotal>();
        var distinct = new DistinctReader();
        if (wholeFrom < wholeTo)
        {
            AddWindows(distinct, starts, wholeFrom, wholeTo);
            await ReadBuckets(connection, customerId, meters, starts, wholeFrom, wholeTo, sums, cancellation);
        }

        // The parts of a quarter-hour at either end; one part where both lie in the same.
        var (headTo, tailFrom) = wholeFrom <= wholeTo ? (wholeFrom, wholeTo) : (to, to);
        await AddEvents(from, headTo);
        await AddEvents(tailFrom, to);
        if (meters.Any(meter => meter.Aggregation == Aggregation.Unique))
        {
            await AddDistinct(connection, customerId, meters, distinct, sums, cancellation);
        }

        return [.. sums.Select(sum => (sum.Key.Window, sum.Value))];

        async Task AddEvents(DateTime start, DateTime end)
        {
            if (start < end)
            {
                await events.Read(connection, customerId, start, end, Take, cancellation);
            }
        }

        void Take(StoredReading reading)
        {
            var meter = reading.Group.Meter.Meter;
            if (meters.Any(wanted => wanted.Id == meter.Id))
            {
                var (at, window) = (new DateTimeOffset(reading.Time), WindowOf(starts, reading.Time));
                if (meter.Aggregation == Aggregation.Unique)
                {
                    distinct.Add(window, reading.Group, reading.Distinct);
                }

                Add(sums, window, reading.Group.Id,
                    new UsageTotal(meter.Id, groups.Shown(reading.Group), 1, reading.Value, reading.Value, reading.Value, at, AsksForLatest(meter) ? reading.Value : null));
            }
        }
    }

    private static async Task ReadBuckets(
        NpgsqlConnection connection, int customerId, IReadOnlyList<Meter> meters, DateTime[] starts, DateTime from, DateTime to,
        Dictionary<(int Window, int Group), UsageTotal> sums, CancellationToken cancellation)
    {
        await using var select = new NpgsqlCommand(Sql, connection);
        select.Parameters.Add(new() { Value = customerId });
        select.Parameters.Add(new() { Value = meters.Select(meter => meter.Id).ToArray() });
        select.Parameters.Add(new() { Value = from, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        select.Parameters.Add(new() { Value = to, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        select.Parameters.Add(new() { Value = starts, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        select.Parameters.Add(new() { Value = meters.Where(AsksForLatest).Select(meter => meter.Id).ToArray() });
        await using var rows = await select.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            Add(sums, rows.GetInt32(0) - 1, rows.GetInt32(2), new UsageTotal(
                rows.GetInt32(1), rows.GetFieldValue<string[]>(3), rows.GetInt64(4), rows.GetDecimal(5),
                rows.GetDecimal(6), rows.GetDecimal(7), rows.GetFieldValue<DateTimeOffset>(8), rows.IsDBNull(9) ? null : rows.GetDecimal(9)));
            if (sums.Count > UsageQuery.FiguresMax && starts.Length > 1)
            {
                throw InvalidInputException.At("window", $"That would be more than {UsageQuery.FiguresMax} figures, windows times groups: ask for a shorter time, a longer window, or one meter.");
            }
        }
    }

    private static void AddWindows(DistinctReader distinct, DateTime[] starts, DateTime from, DateTime to)
    {
        for (var window = 0; window < starts.Length; window++)
        {
            distinct.Add(window, Later(starts[window], from), window + 1 < starts.Length && starts[window + 1] < to ? starts[window + 1] : to);
        }
    }

    private static async Task AddDistinct(
        NpgsqlConnection connection, int customerId, IReadOnlyList<Meter> meters, DistinctReader distinct, Dictionary<(int Window, int Group), UsageTotal> sums, CancellationToken cancellation)
    {
        int[] wanted = [.. meters.Where(meter => meter.Aggregation == Aggregation.Unique).Select(meter => meter.Id)];
        var found = await distinct.Count(connection, customerId, wanted, cancellation);
        var shared = found.ToDictionary(values => values.Key, values => values.ToList());
        foreach (var (key, total) in sums.Where(sum => wanted.Contains(sum.Value.MeterId)).ToList())
        {
            sums[key] = total with { Distinct = new DistinctValues(key.Group, shared.GetValueOrDefault((key.Window, total.MeterId), [])) };
        }
    }

    private static DateTime Later(DateTime one, DateTime other) => one > other ? one : other;

    private static DateTime Microseconds(DateTimeOffset at) => at.UtcDateTime.AddTicks(-(at.Ticks % TimeSpan.TicksPerMicrosecond));

    private static bool AsksForLatest(Meter meter) => meter.Aggregation == Aggregation.Latest;

    private static void Add(Dictionary<(int Window, int Group), UsageTotal> sums, int window, int group, UsageTotal more) =>
        sums[(window, group)] = sums.TryGetValue((window, group), out var sum) ? sum.Plus(more) : more;

    private static int WindowOf(DateTime[] starts, DateTime time)
    {
        var found = Array.BinarySearch(starts, time);
        return found >= 0 ? found : ~found - 1;
    }
}
