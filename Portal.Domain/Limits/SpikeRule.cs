namespace Portal.Domain.Limits;

/// <summary>When a rise of activity counts as a spike (DESIGN.md 3, Kill switch): percent, floor and on/off are the customer's own.</summary>
/// <param name="Percent">The increase over what is usual, in percent, that must be exceeded.</param>
/// <param name="Floor">Activity an hour, in the customer's currency, below which nothing is a spike.</param>
/// <param name="On">Whether the rule is looked at.</param>
public sealed record SpikeRule(decimal Percent, decimal Floor, bool On)
{
    /// <summary>The rule of a customer that has set none.</summary>
    public static readonly SpikeRule Default = new(300, 5, true);

    /// <summary>The window in which a customer's activity is added up.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    /// <summary>How long a customer's usage must have gone on before the rule is looked at.</summary>
    public static readonly TimeSpan Beginning = TimeSpan.FromHours(24);

    /// <summary>The days whose same windows say what is usual.</summary>
    public const int BaselineDays = 14;

    private const decimal OverHighest = 1.5m;
    private static readonly TimeSpan s_history = TimeSpan.FromDays(3);

    /// <summary>Looks at a window and the one before it.</summary>
    /// <param name="activity">The windows; those before the two say what is usual.</param>
    /// <param name="window">The later window of the two; it may still be filling up.</param>
    /// <param name="accepted">Activity in a window that a person has let pass lately: it counts as one of the past windows. 0 for none.</param>
    /// <returns>What was found; null where it is too early to say.</returns>
    public SpikeReading? Read(IActivity activity, DateTimeOffset window, decimal accepted = 0)
    {
        var before = window - activity.Step;
        if (!(activity.Begin + Beginning <= before))
        {
            return null;
        }

        var (first, second) = (Reference(activity, before, before), Reference(activity, window, before));
        var (value, earlier) = (activity.At(window), activity.At(before));
        return new SpikeReading(
            new Values.Period(window, window + activity.Step), value, second.Baseline, second.Highest,
            On && IsOver(earlier, first, activity.Step, accepted) && IsOver(value, second, activity.Step, accepted));
    }

    /// <summary>Whether a quarter-hour's activity is above the floor.</summary>
    internal bool IsAboveFloor(decimal value) => value > Floor * Window.Ticks / TimeSpan.TicksPerHour;

    private bool IsOver(decimal value, (decimal Baseline, decimal Highest) usual, TimeSpan step, decimal accepted) =>
        value > usual.Baseline * (100 + Percent) / 100
        && value > OverHighest * Math.Max(usual.Highest, accepted)
        && value > Floor * step.Ticks / TimeSpan.TicksPerHour;

    /// <summary>What is usual in a window, from windows before an instant.</summary>
    private static (decimal Baseline, decimal Highest) Reference(IActivity activity, DateTimeOffset window, DateTimeOffset before)
    {
        var begin = activity.Begin!.Value;
        if (begin + s_history > before)
        {
            var day = Enumerable.Range(1, (int)(TimeSpan.TicksPerDay / activity.Step.Ticks)).Select(n => activity.At(before - n * activity.Step)).ToList();
            return (day.Average(), day.Max());
        }

        decimal[] same =
        [
            .. from days in Enumerable.Range(1, BaselineDays)
               from beside in Enumerable.Range(-1, 3)
               let start = activity.DaysBefore(window, days) + beside * activity.Step
               where start >= begin
               select activity.At(start),
        ];
        Array.Sort(same);
        var middle = same.Length / 2;
        return (same.Length % 2 == 1 ? same[middle] : (same[middle - 1] + same[middle]) / 2, same[^1]);
    }
}

/// <summary>What a window came to beside what is usual in it.</summary>
/// <param name="Window">The window.</param>
/// <param name="Value">Its activity.</param>
/// <param name="Baseline">What is usual.</param>
/// <param name="Highest">The highest of the windows that say so.</param>
/// <param name="IsSpike">Whether this window and the one before it make a spike.</param>
public sealed record SpikeReading(Values.Period Window, decimal Value, decimal Baseline, decimal Highest, bool IsSpike)
{
    /// <summary>The activity in percent of what is usual; null where nothing is usual.</summary>
    public decimal? Percent => Baseline > 0 ? Value / Baseline * 100 : null;
}

/// <summary>Activity in windows of one length.</summary>
public interface IActivity
{
    /// <summary>The length of a window.</summary>
    TimeSpan Step { get; }

    /// <summary>The start of the window in which usage began; null for never.</summary>
    DateTimeOffset? Begin { get; }

    /// <summary>The activity in the window that starts then; 0 where nothing was used.</summary>
    decimal At(DateTimeOffset window);

    /// <summary>The same time of day some days earlier, where the customer is.</summary>
    DateTimeOffset DaysBefore(DateTimeOffset window, int days);
}
