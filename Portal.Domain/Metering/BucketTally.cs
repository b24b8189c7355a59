namespace Portal.Domain.Metering;

/// <summary>Adds readings up by customer, meter, UTC quarter-hour and group, so that the database is told each sum once.</summary>
internal sealed class BucketTally
{
    /// <summary>The length of a bucket. Every zone's offset is a multiple of it.</summary>
    public static readonly TimeSpan Quarter = TimeSpan.FromMinutes(15);

    private readonly Dictionary<BucketKey, int> _positions = [];
    private readonly List<Bucket> _buckets = [];

    /// <summary>How many buckets there are.</summary>
    public int Count => _buckets.Count;

    /// <summary>The start of the quarter-hour that an instant lies in.</summary>
    public static DateTime QuarterOf(DateTime time) => new(time.Ticks - (time.Ticks % Quarter.Ticks), DateTimeKind.Utc);

    /// <summary>Forgets all, and keeps the room.</summary>
    public void Clear()
    {
        _positions.Clear();
        _buckets.Clear();
    }

    /// <summary>Adds one reading. Of two at the same instant the larger is the last, in whatever order they come.</summary>
    public void Add(UsageGroup group, DateTime time, decimal value)
    {
        var key = new BucketKey(group.CustomerId, group.Meter.Meter.Id, QuarterOf(time), group.Id);
        ref var position = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_positions, key, out var exists);
        if (!exists)
        {
            position = _buckets.Count;
            _buckets.Add(new Bucket(key) { Events = 1, Sum = value, Min = value, Max = value, LastTime = time, LastValue = value });
            return;
        }

        ref var bucket = ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_buckets)[position];
        bucket.Events++;
        bucket.Sum += value;
        bucket.Min = Math.Min(bucket.Min, value);
        bucket.Max = Math.Max(bucket.Max, value);
        if (time > bucket.LastTime || (time == bucket.LastTime && value > bucket.LastValue))
        {
            (bucket.LastTime, bucket.LastValue) = (time, value);
        }
    }

    /// <summary>The buckets in the order of the table's key: whoever locks rows in the same order never waits in a circle.</summary>
    public IReadOnlyList<Bucket> Sorted()
    {
        _positions.Clear();
        _buckets.Sort((left, right) => left.Key.CompareTo(right.Key));
        return _buckets;
    }
}

/// <summary>Names a bucket, in the order of the table's primary key.</summary>
internal readonly record struct BucketKey(int CustomerId, int MeterId, DateTime Start, int GroupId) : IComparable<BucketKey>
{
    public int CompareTo(BucketKey other) =>
        CustomerId != other.CustomerId ? CustomerId.CompareTo(other.CustomerId)
        : MeterId != other.MeterId ? MeterId.CompareTo(other.MeterId)
        : Start != other.Start ? Start.CompareTo(other.Start)
        : GroupId.CompareTo(other.GroupId);
}

/// <summary>What the readings of a bucket add up to.</summary>
internal struct Bucket(BucketKey key)
{
    public readonly BucketKey Key => key;

    public long Events { get; set; }

    public decimal Sum { get; set; }

    public decimal Min { get; set; }

    public decimal Max { get; set; }

    public DateTime LastTime { get; set; }

    public decimal LastValue { get; set; }
}
