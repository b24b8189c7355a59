using System.Globalization;
using Portal.Domain.Limits;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Limits;

/// <summary>The spike protection in words, and as the lines of a chart.</summary>
public static class SpikeWords
{
    /// <summary>A rule in a sentence.</summary>
    public static string Of(SpikeRule rule, Currency currency) => rule.On
        ? $"Access is paused when activity stays above {Wording.Rate(100 + rule.Percent)} of what is usual at that time of day for two quarter-hours running, and above "
            + $"{Wording.Amount(Money.Round(rule.Floor, currency))} an hour. You get a mail with a link that resumes it."
        : "Nothing is paused, however sharply usage rises.";

    /// <summary>Where activity stands now.</summary>
    public static string Now(ActivityWindow window, Currency currency)
    {
        string Amount(decimal value) => Wording.Amount(Money.Round(value, currency));
        return window.Reading is not { } reading ? $"Now {Amount(window.Value)} in this quarter-hour; what is usual is known after a first day."
            : reading.Percent is { } percent ? $"Usually {Amount(reading.Baseline)} in this quarter-hour; now {Amount(reading.Value)}, {Wording.Percent(percent)}."
            : $"Usually nothing in this quarter-hour; now {Amount(reading.Value)}.";
    }

    /// <summary>The chart in a sentence.</summary>
    public static string Summary(IReadOnlyList<ActivityWindow> windows, Currency currency)
    {
        var highest = windows.MaxBy(window => window.Value)!;
        return $"{Now(windows[^1], currency)} The highest quarter-hour of the last 24 hours came to {Wording.Amount(Money.Round(highest.Value, currency))}"
            + (highest.Reading is { } reading ? $", where {Wording.Amount(Money.Round(reading.Baseline, currency))} is usual." : ".");
    }

    /// <summary>The chart of a spike in a sentence.</summary>
    public static string SummaryOf(SpikeRow row, IReadOnlyList<ActivityWindow> windows)
    {
        ArgumentNullException.ThrowIfNull(row);
        var usual = row.Spike.Baseline > 0 ? $"{Wording.Amount(row.Amount(row.Spike.Baseline))} was usual" : "nothing was usual";
        return $"{Wording.Amount(row.Amount(row.Spike.Value))} came in the quarter-hour of {Wording.Minute(row.Spike.WindowStart, row.Entry.Customer.TimeZone)}, where {usual}. The highest of the {Wording.Quantity(windows.Count, "quarter-hour")} shown came to {Wording.Amount(row.Amount(windows.Max(window => window.Value)))}.";
    }

    /// <summary>What came, what is usual, and above what the rule looks.</summary>
    public static IReadOnlyList<ChartSeries> Series(IReadOnlyList<ActivityWindow> windows, SpikeRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return
        [
            new ChartSeries("activity", [.. windows.Select(window => (decimal?)window.Value)]),
            new ChartSeries("usual", [.. windows.Select(window => window.Reading?.Baseline)]),
            new ChartSeries(
                $"{(100 + rule.Percent).ToString("0.##", CultureInfo.CurrentCulture)} % of usual",
                [.. windows.Select(window => window.Reading is { } reading ? reading.Baseline * (100 + rule.Percent) / 100 : (decimal?)null)]),
        ];
    }

    /// <summary>The time of day, for the chart's axis.</summary>
    public static string Time(DateTimeOffset at, string zone) => Wording.Minute(at, zone)[^5..];
}
