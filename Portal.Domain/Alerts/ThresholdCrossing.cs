using Portal.Domain.Limits;

namespace Portal.Domain.Alerts;

/// <summary>A threshold that is on record for a period.</summary>
/// <param name="Threshold">In percent.</param>
/// <param name="Limit">The cap when it was crossed.</param>
public readonly record struct RecordedThreshold(int Threshold, decimal Limit);

/// <summary>Which thresholds of a cap are newly crossed, and which one of them is mailed.</summary>
/// <param name="Thresholds">To be put on record, ascending.</param>
/// <param name="Mailed">The one to mail: the highest; null where a higher one is on record already, so that its mail said more.</param>
public sealed record ThresholdCrossing(IReadOnlyList<int> Thresholds, int? Mailed)
{
    /// <summary>Compares where a customer stands with what is on record for the period.</summary>
    /// <remarks>A correction below a threshold does not arm it again. A raised cap does, as 80 % of it is more money; a lowered one does not.</remarks>
    /// <returns>Null where nothing is new.</returns>
    public static ThresholdCrossing? Of(LimitStand stand, IReadOnlyCollection<RecordedThreshold> recorded)
    {
        // A cap of 0 is reached by definition, and whoever set it knows.
        return stand.Used.Minor <= 0 ? null : Of(stand.Limit.Alerts, stand.HasCrossed, stand.Limit.Amount, recorded);
    }

    /// <summary>The same for any limit.</summary>
    /// <param name="thresholds">Those that are mailed at, in percent.</param>
    /// <param name="hasCrossed">Whether one has been reached.</param>
    /// <param name="limit">What they are percentages of.</param>
    /// <param name="recorded">What is on record for the period.</param>
    public static ThresholdCrossing? Of(
        IEnumerable<int> thresholds, Func<int, bool> hasCrossed, decimal limit, IReadOnlyCollection<RecordedThreshold> recorded)
    {
        var standing = recorded.Where(record => record.Limit >= limit).Select(record => record.Threshold).ToHashSet();
        var crossed = thresholds.Where(threshold => hasCrossed(threshold) && !standing.Contains(threshold)).Order().ToList();
        if (crossed.Count == 0)
        {
            return null;
        }

        return new ThresholdCrossing(crossed, standing.Any(threshold => threshold > crossed[^1]) ? null : crossed[^1]);
    }
}
