namespace Portal.Domain.Rating;

/// <summary>A part of a period with terms of its own, described by what has come together when it ends.</summary>
/// <param name="Terms">The price's terms while it lasts.</param>
/// <param name="UsageAtEnd">The usage of the whole period up to its end, as the meter aggregates it.</param>
/// <param name="ShareAtEnd">The share of a whole period that has passed at its end, for what is prorated; 1 throughout where nothing is to be prorated.</param>
public sealed record UsageSegment(PriceTerms Terms, RatedUsage UsageAtEnd, decimal ShareAtEnd = 1m);

/// <summary>The one rule for a period that is cut: by a new version of its card, a threshold, late usage or a void.</summary>
/// <remarks>A segment's amount is R(up to its end) − R(up to its start), both by the segment's own terms. So tiers, packages,
/// included units and flats go on counting through the cuts, and cutting where the terms stay the same changes nothing.</remarks>
public static class SegmentRater
{
    /// <summary>What each segment of a period costs, in order. A segment may be negative.</summary>
    public static IReadOnlyList<RatedAmount> Rate(IReadOnlyList<UsageSegment> segments)
    {
        ArgumentNullException.ThrowIfNull(segments);
        var amounts = new List<RatedAmount>(segments.Count);
        UsageSegment? before = null;
        foreach (var segment in segments)
        {
            var atStart = before is null ? RatedAmount.Nothing : Rater.Rate(segment.Terms, before.UsageAtEnd, before.ShareAtEnd);
            var atEnd = Rater.Rate(segment.Terms, segment.UsageAtEnd, segment.ShareAtEnd);
            amounts.Add(atEnd.Since(atStart));
            before = segment;
        }

        return amounts;
    }
}
