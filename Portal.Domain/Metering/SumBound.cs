namespace Portal.Domain.Metering;

/// <summary>Sums that have more digits than a decimal: it holds 28, the database thousands.</summary>
/// <remarks>What is read by <see cref="OfBucket"/> or <see cref="OfAdded"/> fits: one customer's sum that has more must not keep all others' from being read.</remarks>
internal static class SumBound
{
    /// <summary>From here on, with 16 digits before the point, those behind it are cut; nobody reads them, and they depend on the order of adding.</summary>
    public const decimal Whole = 1e16m;

    /// <summary>Reads <c>bucket.sum</c>.</summary>
    public const string OfBucket = "CASE WHEN abs(bucket.sum) < 1e16 THEN bucket.sum ELSE trunc(bucket.sum) END";

    /// <summary>Reads <c>added.sum</c>, what buckets add up to.</summary>
    public const string OfAdded = "CASE WHEN abs(added.sum) < 1e16 THEN added.sum ELSE trunc(added.sum) END";
}
