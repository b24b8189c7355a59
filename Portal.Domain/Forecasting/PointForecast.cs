namespace Portal.Domain.Forecasting;

/// <summary>How the remaining days of a period are estimated.</summary>
public enum ForecastMethod
{
    /// <summary>As on average since the period began.</summary>
    RunRate,

    /// <summary>As the middle one of the same weekdays of the last 28 days.</summary>
    WeekdayMedian,

    /// <summary>By the weekdays' shares of the last 8 weeks, at the level of the last 7 days.</summary>
    WeeklyProfile,
}

/// <summary>A meter's quantities on the remaining days of a period: the median of three estimates. Pure, and sees nothing of today or later.</summary>
/// <param name="Method">The estimate that lay in the middle.</param>
/// <param name="Days">One quantity for each day from today up to the end of the period; never negative.</param>
/// <param name="Total">Their sum.</param>
public sealed record PointForecast(ForecastMethod Method, IReadOnlyList<decimal> Days, decimal Total)
{
    private const int Week = 7;
    private const int MedianDays = 28;
    private const int ProfileDays = 56;

    /// <summary>The estimate of a period.</summary>
    /// <param name="series">What is known; days from <paramref name="today"/> on are not looked at.</param>
    /// <param name="start">The first day of the period.</param>
    /// <param name="today">The first day that is not over; later than the start.</param>
    /// <param name="end">The day after the last one of the period.</param>
    public static PointForecast Of(DailySeries series, DateOnly start, DateOnly today, DateOnly end)
    {
        var estimates = new[]
        {
            Along(ForecastMethod.RunRate, Flat(RunRate(series, start, today)), today, end),
            Along(ForecastMethod.WeekdayMedian, WeekdayMedians(series, today), today, end),
            Along(ForecastMethod.WeeklyProfile, WeeklyProfile(series, today), today, end),
        };

        // A stable order, so that a tie is always the same method's.
        return estimates.OrderBy(estimate => estimate.Total).ElementAt(1);
    }

    /// <summary>What was used on a day of the period on average.</summary>
    /// <param name="series">What is known.</param>
    /// <param name="start">The first day of the period.</param>
    /// <param name="today">The first day that is not over.</param>
    public static decimal RunRate(DailySeries series, DateOnly start, DateOnly today)
    {
        // Who began inside the period is measured from there.
        var from = series.First > start ? series.First : start;
        return from < today ? series.Sum(start, today) / (today.DayNumber - from.DayNumber) : 0;
    }

    private static PointForecast Along(ForecastMethod method, decimal[] byWeekday, DateOnly today, DateOnly end)
    {
        var days = new decimal[end.DayNumber - today.DayNumber];
        var weekday = (int)today.DayOfWeek;
        var total = 0m;
        for (var i = 0; i < days.Length; i++)
        {
            days[i] = Math.Max(0, byWeekday[(weekday + i) % Week]);
            total += days[i];
        }

        return new PointForecast(method, days, total);
    }

    private static decimal[] Flat(decimal perDay) => [.. Enumerable.Repeat(perDay, Week)];

    private static decimal[] WeekdayMedians(DailySeries series, DateOnly today)
    {
        var from = Later(series.First, today.AddDays(-MedianDays));
        var (medians, mixed) = (new decimal[Week], 0);
        foreach (var days in DaysOf(from, today).GroupBy(day => day.DayOfWeek))
        {
            decimal[] values = [.. days.Select(day => series[day]).Order()];
            medians[(int)days.Key] = Median(values);
            mixed += values[0] <= 0 && values[^1] > 0 ? 1 : 0;
        }

        // Sparse usage has no usual day: most weekdays are used now and then, their medians are zero or chance, and the mean says more.
        return mixed > Week / 2 || Array.TrueForAll(medians, median => median <= 0) ? Flat(Mean(series, from, today)) : medians;
    }

    private static decimal[] WeeklyProfile(DailySeries series, DateOnly today)
    {
        var from = Later(series.First, today.AddDays(-ProfileDays));
        var (overall, level) = (Mean(series, from, today), Mean(series, Later(series.First, today.AddDays(-Week)), today));
        if (overall <= 0)
        {
            return Flat(0);
        }

        var profile = new decimal[Week];
        foreach (var days in DaysOf(from, today).GroupBy(day => day.DayOfWeek))
        {
            profile[(int)days.Key] = days.Average(day => series[day]) / overall * level;
        }

        return profile;
    }

    private static decimal Mean(DailySeries series, DateOnly from, DateOnly to) =>
        from < to ? series.Sum(from, to) / (to.DayNumber - from.DayNumber) : 0;

    private static decimal Median(decimal[] sorted) =>
        sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;

    private static DateOnly Later(DateOnly one, DateOnly other) => one > other ? one : other;

    private static IEnumerable<DateOnly> DaysOf(DateOnly from, DateOnly to) =>
        Enumerable.Range(0, Math.Max(0, to.DayNumber - from.DayNumber)).Select(from.AddDays);
}
