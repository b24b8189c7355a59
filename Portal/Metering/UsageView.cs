using Portal.Domain.Catalog;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Metering;

/// <summary>What the usage page shows.</summary>
/// <param name="Question">The question with every default filled in.</param>
/// <param name="Meters">The meters to choose from.</param>
/// <param name="Meter">The one shown; null where there is none yet.</param>
/// <param name="Days">The first and the last day, in the customer's zone.</param>
/// <param name="Zone">The customer's zone.</param>
/// <param name="Currency">The customer's currency.</param>
/// <param name="Presets">Stretches of time to choose from.</param>
public sealed record UsageView(
    UsageQuestion Question, IReadOnlyList<Meter> Meters, Meter? Meter, DaySpan Days, string Zone, Currency Currency, IReadOnlyList<UsagePreset> Presets)
{
    /// <summary>How time is cut.</summary>
    public TimeWindow Window => Question.Window ?? TimeWindow.Day;

    /// <summary>Every window, in order, those without usage too.</summary>
    public IReadOnlyList<Period> Windows { get; init; } = [];

    /// <summary>One label for each window.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>What was used in each window; null where nothing was.</summary>
    public IReadOnlyList<UsageWindow?> Used { get; init; } = [];

    /// <summary>Over the whole time.</summary>
    public UsageWindow Total { get; init; } = new(default, 0, 0);

    /// <summary>Over the time before, as long; null where it is not asked for.</summary>
    public UsageWindow? Before { get; init; }

    /// <summary>What was used in the windows before, one for each window.</summary>
    public IReadOnlyList<decimal?>? BeforeValues { get; init; }

    /// <summary>The parts of each window, the largest first.</summary>
    public IReadOnlyList<ChartSeries> Series { get; init; } = [];

    /// <summary>The parts of the whole time, the largest first; empty where parts are not told apart.</summary>
    public IReadOnlyList<UsagePart> Parts { get; init; } = [];

    /// <summary>The values of each property that may be picked, by their use.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Values { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>What each window cost; null where nothing is priced by this meter.</summary>
    public IReadOnlyList<decimal>? Costs { get; init; }

    /// <summary>Whether parts add up to the whole.</summary>
    public bool IsAdditive => Meter?.Aggregation is Aggregation.Sum or Aggregation.Count;
}

/// <summary>A part of the usage of the whole time.</summary>
/// <param name="Value">The property's value; "" where events lack it.</param>
/// <param name="Quantity">In the meter's unit.</param>
/// <param name="Events">How many events it comes of.</param>
public sealed record UsagePart(string Value, decimal Quantity, long Events);

/// <summary>A stretch of time to choose, in a word.</summary>
/// <param name="Name">The word.</param>
/// <param name="Days">Its days.</param>
/// <param name="Window">How it is cut.</param>
public sealed record UsagePreset(string Name, DaySpan Days, TimeWindow Window);

/// <summary>Days in a zone, both ends included.</summary>
/// <param name="First">The first one.</param>
/// <param name="Last">The last one.</param>
public readonly record struct DaySpan(DateOnly First, DateOnly Last)
{
    /// <summary>How many days there are.</summary>
    public int Count => Last.DayNumber - First.DayNumber + 1;
}

/// <summary>What was used in a stretch of time.</summary>
/// <param name="Period">The stretch.</param>
/// <param name="Quantity">In the meter's unit.</param>
/// <param name="Events">How many events it comes of.</param>
public sealed record UsageWindow(Period Period, decimal Quantity, long Events);
