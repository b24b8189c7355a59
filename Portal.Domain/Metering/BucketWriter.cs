using Npgsql;
using NpgsqlTypes;

namespace Portal.Domain.Metering;

/// <summary>Adds a tally to the buckets in the database.</summary>
internal sealed class BucketWriter
{
    private const string Sql = """
        INSERT INTO usage_buckets AS kept (customer_id, meter_id, start, group_id, events, sum, min, max, last_time, last_value)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (customer_id, meter_id, start, group_id) DO UPDATE SET
            events = kept.events + excluded.events,
            sum = kept.sum + excluded.sum,
            min = LEAST(kept.min, excluded.min),
            max = GREATEST(kept.max, excluded.max),
            last_value = CASE
                WHEN excluded.last_time > kept.last_time THEN excluded.last_value
                WHEN excluded.last_time = kept.last_time THEN GREATEST(kept.last_value, excluded.last_value)
                ELSE kept.last_value END,
            last_time = GREATEST(kept.last_time, excluded.last_time)
        """;

    private readonly List<int> _customers = [];
    private readonly List<int> _meters = [];
    private readonly List<DateTime> _starts = [];
    private readonly List<int> _groups = [];
    private readonly List<long> _events = [];
    private readonly List<decimal> _sums = [];
    private readonly List<decimal> _mins = [];
    private readonly List<decimal> _maxs = [];
    private readonly List<DateTime> _lastTimes = [];
    private readonly List<decimal> _lastValues = [];

    /// <summary>The statement that adds a tally. It reads this writer's lists when it runs.</summary>
    public NpgsqlBatchCommand Command(BucketTally tally)
    {
        Fill(tally.Sorted());
        return new NpgsqlBatchCommand(Sql)
        {
            Parameters =
            {
                Column(_customers, NpgsqlDbType.Integer), Column(_meters, NpgsqlDbType.Integer),
                Column(_starts, NpgsqlDbType.TimestampTz), Column(_groups, NpgsqlDbType.Integer),
                Column(_events, NpgsqlDbType.Bigint), Column(_sums, NpgsqlDbType.Numeric),
                Column(_mins, NpgsqlDbType.Numeric), Column(_maxs, NpgsqlDbType.Numeric),
                Column(_lastTimes, NpgsqlDbType.TimestampTz), Column(_lastValues, NpgsqlDbType.Numeric),
            },
        };
    }

    /// <summary>A list as an array parameter.</summary>
    public static NpgsqlParameter<List<T>> Column<T>(List<T> values, NpgsqlDbType type) => new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };

    private void Fill(IReadOnlyList<Bucket> buckets)
    {
        _customers.Clear();
        _meters.Clear();
        _starts.Clear();
        _groups.Clear();
        _events.Clear();
        _sums.Clear();
        _mins.Clear();
        _maxs.Clear();
        _lastTimes.Clear();
        _lastValues.Clear();
        foreach (var bucket in buckets)
        {
            _customers.Add(bucket.Key.CustomerId);
            _meters.Add(bucket.Key.MeterId);
            _starts.Add(bucket.Key.Start);
            _groups.Add(bucket.Key.GroupId);
            _events.Add(bucket.Events);
            _sums.Add(bucket.Sum);
            _mins.Add(bucket.Min);
            _maxs.Add(bucket.Max);
            _lastTimes.Add(bucket.LastTime);
            _lastValues.Add(bucket.LastValue);
        }
    }
}
