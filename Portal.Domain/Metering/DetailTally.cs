using System.Numerics;

namespace Portal.Domain.Metering;

/// <summary>
/// Adds up what a bucket does not hold: which distinct values came how often, for meters that count those, and when a level changed, for
/// meters that weigh it by time.
/// </summary>
internal sealed class DetailTally
{
    private readonly Dictionary<ValueKey, long> _values = [];
    private readonly Dictionary<BucketKey, BigInteger> _moments = [];

    /// <summary>The distinct values of each quarter-hour and in how many events each came, in the order of the table's key.</summary>
    public IReadOnlyList<KeyValuePair<ValueKey, long>> Values => [.. _values.OrderBy(value => value.Key)];

    /// <summary>The same of each UTC day.</summary>
    public IReadOnlyList<KeyValuePair<ValueKey, long>> ValuesByDay =>
    [
        .. _values.GroupBy(value => value.Key with { Bucket = value.Key.Bucket with { Start = value.Key.Bucket.Start.Date } })
            .Select(day => KeyValuePair.Create(day.Key, day.Sum(value => value.Value)))
            .OrderBy(value => value.Key),
    ];

    /// <summary>Change × microseconds since the start of the quarter-hour, in 10⁻¹² of the unit, in the order of the table's key.</summary>
    public IReadOnlyList<KeyValuePair<BucketKey, BigInteger>> Moments => [.. _moments.OrderBy(moment => moment.Key)];

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _values.Clear();
        _moments.Clear();
    }

    /// <summary>Adds a reading of a meter that has such detail.</summary>
    public void Add(UsageGroup group, DateTime time, decimal value, Guid distinct)
    {
        var bucket = new BucketKey(group.CustomerId, group.Meter.Meter.Id, BucketTally.QuarterOf(time), group.Id);
        if (distinct != default)
        {
            var key = new ValueKey(bucket, distinct);
            _values[key] = _values.GetValueOrDefault(key) + 1;
        }
        else
        {
            _moments[bucket] = _moments.GetValueOrDefault(bucket) + MomentOf(value, time - bucket.Start);
        }
    }

    /// <summary>A change × the microseconds that it came after some instant, in 10⁻¹² of the unit. Whole numbers, because a decimal would not hold all digits.</summary>
    public static BigInteger MomentOf(decimal change, TimeSpan after) => ToWhole(change) * (after.Ticks / TimeSpan.TicksPerMicrosecond);

    /// <summary>A decimal in 10⁻¹².</summary>
    public static BigInteger ToWhole(decimal value) => new(value * 1_000_000_000_000m);
}

/// <summary>Names a distinct value of a quarter-hour or day, in the order of the tables' keys.</summary>
internal readonly record struct ValueKey(BucketKey Bucket, Guid Value) : IComparable<ValueKey>
{
    public int CompareTo(ValueKey other) => Bucket.CompareTo(other.Bucket) is var order and not 0 ? order : Value.CompareTo(other.Value);
}
