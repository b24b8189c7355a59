using Portal.Domain.Catalog;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Metering;

/// <summary>What the usage page shows.</summary>
/// <param name="Meters">The meters to choose from.</param>
/// <param name="Meter">The one shown; null where there is none yet.</param>
/// <param name="Window">How time is cut.</param>
/// <param name="Days">The first and the last day, in the customer's zone.</param>
/// <param name="Zone">The customer's zone.</param>
/// <param name="Total">Over the whole time.</param>
/// <param name="Windows">What was used in each window, without those that had nothing.</param>
/// <param name="Labels">One label for each window, those without usage too.</param>
/// <param name="Series">The parts of each window, the largest first.</param>
/// <param name="GroupedBy">The property that the parts tell apart; null for one part.</param>
public sealed record UsageView(
    IReadOnlyList<Meter> Meters,
    Meter? Meter,
    TimeWindow Window,
    DaySpan Days,
    string Zone,
    UsageWindow Total,
    IReadOnlyList<UsageWindow> Windows,
    IReadOnlyList<string> Labels,
    IReadOnlyList<ChartSeries> Series,
    string? GroupedBy);

/// <summary>Days in a zone, both ends included.</summary>
/// <param name="First">The first one.</param>
/// <param name="Last">The last one.</param>
public readonly record struct DaySpan(DateOnly First, DateOnly Last);

/// <summary>What was used in a stretch of time.</summary>
/// <param name="Period">The stretch.</param>
/// <param name="Quantity">In the meter's unit.</param>
/// <param name="Events">How many events it comes of.</param>
public sealed record UsageWindow(Period Period, decimal Quantity, long Events);
