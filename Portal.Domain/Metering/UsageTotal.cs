using System.Numerics;
using Portal.Domain.Catalog;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>What one group of a meter used in a stretch of time: enough to answer every aggregation.</summary>
/// <param name="MeterId">The meter.</param>
/// <param name="Group">The group's values, in the order of the meter's <c>groupBy</c>; "" where an event lacked the property.</param>
/// <param name="Events">The number of events.</param>
/// <param name="Sum">The sum of their values.</param>
/// <param name="Min">The smallest value; null without events, and where it was not asked for.</param>
/// <param name="Max">The largest value; null without events, and where it was not asked for.</param>
/// <param name="LastAt">When the latest event happened; null without events, and where it was not asked for.</param>
/// <param name="Last">The latest event's value; null where the meter does not aggregate by it.</param>
public sealed record UsageTotal(
    int MeterId, IReadOnlyList<string> Group, long Events, decimal Sum, decimal? Min, decimal? Max, DateTimeOffset? LastAt, decimal? Last)
{
    /// <summary>The distinct values, where the meter counts those.</summary>
    public DistinctValues? Distinct { get; init; }

    /// <summary>The level × the microseconds that it lasted, in 10⁻¹² of the unit, where the meter weighs by time: over the stretch as far as it has passed.</summary>
    public BigInteger LevelTime { get; init; }

    /// <summary>The values of all groups that one price takes, in order of time, by the start of its segment and its key; where prices ask for that.</summary>
    public IReadOnlyDictionary<(DateTimeOffset Segment, string Price), RatedUsage>? EachValue { get; init; }

    /// <summary>The usage of the same group in two stretches of time together. Of two events at the same instant the larger value is the latest.</summary>
    public UsageTotal Plus(UsageTotal more)
    {
        var isLater = (more.LastAt, more.Last).CompareTo((LastAt, Last)) > 0;
        return this with
        {
            Events = Events + more.Events,
            Sum = Sum + more.Sum,
            Min = Min is null || more.Min < Min ? more.Min : Min,
            Max = Max is null || more.Max > Max ? more.Max : Max,
            LastAt = isLater ? more.LastAt : LastAt,
            Last = isLater ? more.Last : Last,
        };
    }

    /// <summary>One quantity of several groups' usage, by a meter's aggregation.</summary>
    /// <param name="aggregation">The meter's.</param>
    /// <param name="totals">Usage of one stretch of time, each group once.</param>
    /// <param name="whole">The whole period that a level is a share of: for billing a whole billing period, in a report the window.</param>
    /// <returns>The quantity in the meter's unit; 0 where nothing was used.</returns>
    public static decimal Quantity(Aggregation aggregation, IReadOnlyCollection<UsageTotal> totals, TimeSpan whole) => aggregation switch
    {
        // Each event counts its weight, which is 1 where a meter reads one type.
        Aggregation.Count => totals.Sum(total => total.Sum),
        Aggregation.Sum => totals.Sum(total => total.Sum),
        Aggregation.Max => totals.Max(total => total.Max) ?? 0,
        Aggregation.Min => totals.Min(total => total.Min) ?? 0,
        Aggregation.Avg => totals.Sum(total => total.Events) is var events and > 0 ? totals.Sum(total => total.Sum) / events : 0,
        Aggregation.Latest => totals.MaxBy(total => (total.LastAt, total.Last))?.Last ?? 0,
        Aggregation.Unique => DistinctValues.CountOf(totals.Select(total => total.Distinct)),
        Aggregation.WeightedSum => Exact.To12(
            totals.Aggregate(BigInteger.Zero, (sum, total) => sum + total.LevelTime), new BigInteger(whole.Ticks / TimeSpan.TicksPerMicrosecond) * 1_000_000_000_000),
    };
}
