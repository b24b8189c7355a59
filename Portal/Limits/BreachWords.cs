using Portal.Domain.Invoicing;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Limits;

/// <summary>When usage would reach a cap, by the forecast's way day by day: "At the current rate you reach $100.00 on 24 Mar 2026, 14:00, ± 2 days."</summary>
internal static class BreachWords
{
    /// <summary>The sentence; null where nothing can be said yet.</summary>
    /// <param name="answer">The forecast with its path.</param>
    /// <param name="spend">The running period.</param>
    /// <param name="cap">The cap as it is, or as it would be.</param>
    /// <param name="zone">The customer's zone.</param>
    public static string? Of(ForecastAnswer? answer, Spend? spend, decimal cap, string zone)
    {
        if (answer is not { Forecast: not null, Path: { Count: > 0 } path } || spend is null || spend.Usage.Amount >= cap)
        {
            return null;
        }

        // The way has fees in it, which no cap counts.
        var level = cap + (spend.Net + spend.NotBilled - spend.Usage).Amount;
        var amount = Wording.Amount(Money.Round(cap, spend.Currency));
        if (At(path, spend, level, day => day.Expected) is not { } expected)
        {
            return At(path, spend, level, day => day.High) is { } early
                ? $"At the current rate you stay below {amount} in this period; at the upper end of the likely range you reach it on {Wording.Day(early, zone)}."
                : $"At the current rate you stay below {amount} in this period.";
        }

        var (first, last) = (At(path, spend, level, day => day.High) ?? expected, At(path, spend, level, day => day.Low) ?? spend.Period.End);
        var days = (int)Math.Ceiling(Math.Max((expected - first).TotalDays, (last - expected).TotalDays));
        return $"At the current rate you reach {amount} on {Wording.Minute(expected, zone)}, ± {Wording.Quantity(days, "day")}.";
    }

    /// <summary>When a way crosses a level: between two ends of days as if in a straight line.</summary>
    private static DateTimeOffset? At(IReadOnlyList<ForecastDay> path, Spend spend, decimal level, Func<ForecastDay, decimal?> value)
    {
        for (var i = 1; i < path.Count; i++)
        {
            if (value(path[i - 1]) is { } before && value(path[i]) is { } after && after >= level)
            {
                // What is expected of today is told for now, of a later day for its end.
                var from = path[i - 1].Actual is null ? path[i].Start : spend.AsOf;
                var until = i + 1 < path.Count ? path[i + 1].Start : spend.Period.End;
                var share = after > before ? Math.Clamp((level - before) / (after - before), 0, 1) : 1;
                return from + (until - from) * (double)share;
            }
        }

        return null;
    }
}
