using Npgsql;
using NpgsqlTypes;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;

namespace Portal.Domain.Metering;

/// <summary>A stretch of a customer's time, half-open.</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="From">From this instant.</param>
/// <param name="To">Up to, not including, this instant.</param>
public readonly record struct UsageSpan(int CustomerId, DateTimeOffset From, DateTimeOffset To);

/// <summary>Reads the usage of many customers' spans at once: one query for all of their whole quarter-hours, where a question for each would take a thousand.</summary>
public sealed class UsageSpans(Register register)
{
    private const string SumsSql = $"""
        SELECT wanted.number, added.meter_id, added.group_id, kept.values, added.events, {SumBound.OfAdded}
        {From} {Adding} {Within}
        """;

    // What asks for the smallest, the largest or the latest value reads twice the columns.
    private const string ValuesSql = $"""
        SELECT wanted.number, added.meter_id, added.group_id, kept.values, added.events, {SumBound.OfAdded}, added.min, added.max, added.last_time, added.latest[2]
        {From} {Adding},
                min(bucket.min) AS min, max(bucket.max) AS max, max(bucket.last_time) AS last_time,
                max(ARRAY[extract(epoch FROM bucket.last_time), bucket.last_value]) AS latest
        {Within}
        """;

    private const string From = "FROM unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) WITH ORDINALITY AS wanted (customer_id, start, finish, number) CROSS JOIN LATERAL (";
    private const string Adding = "SELECT bucket.meter_id, bucket.group_id, sum(bucket.events)::bigint AS events, sum(bucket.sum) AS sum";

    private const string Within = """
            FROM usage_buckets bucket
            WHERE bucket.customer_id = wanted.customer_id AND bucket.meter_id = ANY ($4) AND bucket.start >= wanted.start AND bucket.start < wanted.finish
            GROUP BY 1, 2) added
        JOIN usage_groups kept ON kept.id = added.group_id
        """;

    /// <summary>Reads what was used in each span into a snapshot, which answers it from then on without asking the database again.</summary>
    /// <param name="snapshot">The moment.</param>
    /// <param name="spans">What will be asked for.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task Fetch(UsageSnapshot snapshot, IReadOnlyCollection<UsageSpan> spans, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(snapshot);

        // A span that begins or ends inside a quarter-hour needs the events of it: those are few, and left to be read one by one.
        var whole = spans.Where(IsOfWholeQuarters).Distinct().ToList();
        if (whole.Count > 0)
        {
            var read = whole.ToDictionary(span => span, _ => new List<UsageTotal>());
            foreach (var meters in register.Now.Meters.Where(meter => !UsageReader.HasDetail(meter)).GroupBy(AsksForValues))
            {
                await ReadBuckets(snapshot.Connection, whole, [.. meters.Select(meter => meter.Id)], meters.Key, read, cancellation);
            }

            snapshot.Keep(read.Select(span => KeyValuePair.Create(span.Key, (IReadOnlyList<UsageTotal>)span.Value)));
        }
    }

    private static async Task ReadBuckets(
        NpgsqlConnection connection, List<UsageSpan> spans, int[] meters, bool withValues, Dictionary<UsageSpan, List<UsageTotal>> read, CancellationToken cancellation)
    {
        await using var select = new NpgsqlCommand(withValues ? ValuesSql : SumsSql, connection);
        select.Parameters.Add(new() { Value = spans.Select(span => span.CustomerId).ToArray() });
        select.Parameters.Add(new() { Value = spans.Select(span => span.From.UtcDateTime).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        select.Parameters.Add(new() { Value = spans.Select(span => span.To.UtcDateTime).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        select.Parameters.Add(new() { Value = meters });
        await using var rows = await select.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            var total = new UsageTotal(rows.GetInt32(1), rows.GetFieldValue<string[]>(3), rows.GetInt64(4), rows.GetDecimal(5), null, null, null, null);
            read[spans[(int)rows.GetInt64(0) - 1]].Add(!withValues ? total : total with
            {
                Min = rows.GetDecimal(6), Max = rows.GetDecimal(7), LastAt = rows.GetFieldValue<DateTimeOffset>(8), Last = rows.GetDecimal(9),
            });
        }
    }

    private static bool AsksForValues(Meter meter) => meter.Aggregation is Aggregation.Min or Aggregation.Max or Aggregation.Latest;

    private static bool IsOfWholeQuarters(UsageSpan span) => IsQuarter(span.From) && IsQuarter(span.To);

    private static bool IsQuarter(DateTimeOffset at) => at.UtcTicks % BucketTally.Quarter.Ticks == 0;
}
