namespace Portal.Domain.Forecasting;

/// <summary>What a forecast of a past period would have said on one of its days, beside what came.</summary>
/// <param name="SoFar">The quantity that was used by then.</param>
/// <param name="Forecast">What was expected of the remaining days.</param>
/// <param name="RunRate">What the average of the period would have made of them.</param>
/// <param name="Actual">What they came to.</param>
public sealed record PastForecast(decimal SoFar, decimal Forecast, decimal RunRate, decimal Actual)
{
    /// <summary>What the whole period came to.</summary>
    public decimal Total => SoFar + Actual;

    /// <summary>Actual over expected; null where nothing was expected.</summary>
    public decimal? Ratio => Forecast > 0 ? Actual / Forecast : null;

    /// <summary>How far off the period's total would have been, as a share of it; null where nothing was used.</summary>
    public decimal? Error => Total > 0 ? Math.Abs(Forecast - Actual) / Total : null;
}

/// <summary>A period in local days, half-open.</summary>
/// <param name="Start">The first day.</param>
/// <param name="End">The day after the last one.</param>
public readonly record struct DayPeriod(DateOnly Start, DateOnly End)
{
    /// <summary>The number of days.</summary>
    public int Days => End.DayNumber - Start.DayNumber;

    /// <summary>The share of the days that is over after some of them.</summary>
    public decimal ShareAfter(int days) => (decimal)days / Days;

    /// <summary>The calendar month of a day.</summary>
    public static DayPeriod MonthOf(DateOnly day)
    {
        var first = new DateOnly(day.Year, day.Month, 1);
        return new DayPeriod(first, first.AddMonths(1));
    }
}

/// <summary>Forecasts past periods as they would have been forecast then: each sees only the days before its own.</summary>
public static class Backtest
{
    /// <summary>How many days of usage there must be before a forecast.</summary>
    public const int HistoryDays = 7;

    /// <summary>What would have been said of past periods after so many of their days.</summary>
    /// <param name="series">What is known by now.</param>
    /// <param name="periods">Periods that are over.</param>
    /// <param name="day">The days that were over; at least 1.</param>
    /// <returns>One for each period that could have been forecast, in the same order.</returns>
    public static IEnumerable<PastForecast> Of(DailySeries series, IEnumerable<DayPeriod> periods, int day) =>
        periods.Select(period => Of(series, period, day)).OfType<PastForecast>();

    /// <summary>What would have been said of one past period; null where that was too early, or the period has no day left then.</summary>
    public static PastForecast? Of(DailySeries series, DayPeriod period, int day)
    {
        var today = period.Start.AddDays(day);
        if (day >= period.Days || series.First.AddDays(HistoryDays) > today || period.End > series.End)
        {
            return null;
        }

        return new PastForecast(
            series.Sum(period.Start, today),
            PointForecast.Of(series, period.Start, today, period.End).Total,
            PointForecast.RunRate(series, period.Start, today) * (period.End.DayNumber - today.DayNumber),
            series.Sum(today, period.End));
    }
}
