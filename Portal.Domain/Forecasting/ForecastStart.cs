using NodaTime;
using Portal.Domain.Values;
using Period = Portal.Domain.Values.Period;

namespace Portal.Domain.Forecasting;

/// <summary>When a period can be forecast at all: a number that comes too early is worse than none.</summary>
public static class ForecastStart
{
    /// <summary>The whole days of a period that must have passed.</summary>
    public const int FullDays = 3;

    /// <summary>How long before now usage must have begun.</summary>
    public static readonly TimeSpan History = TimeSpan.FromDays(7);

    /// <summary>Whether enough whole days of the period have passed, counted in the customer's zone.</summary>
    public static bool HasFullDays(Period period, DateTimeZone zone, DateTimeOffset now)
    {
        // A period that begins within a day begins to count with the next one.
        var date = zone.DateAt(period.Start);
        var first = zone.StartOf(date) == period.Start ? date : date.PlusDays(1);
        return zone.StartOf(first.PlusDays(FullDays)) <= now;
    }

    /// <summary>Why there is no forecast yet, in a sentence; null where there can be one.</summary>
    /// <param name="period">The running period.</param>
    /// <param name="zone">The customer's zone.</param>
    /// <param name="firstUsage">When the customer's usage began; null for never.</param>
    /// <param name="now">Business time.</param>
    public static string? ReasonForNone(Period period, DateTimeZone zone, DateTimeOffset? firstUsage, DateTimeOffset now)
    {
        if (!HasFullDays(period, zone, now))
        {
            return "Forecast starts after 3 full days.";
        }

        return firstUsage + History <= now ? null : "Forecast starts after a week of usage.";
    }
}
