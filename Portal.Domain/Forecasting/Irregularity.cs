namespace Portal.Domain.Forecasting;

/// <summary>How far the sum of the remaining days may lie from an estimate for no other reason than that single days differ from each other.</summary>
public static class Irregularity
{
    private const int Week = 7;
    private const int Days = 28;

    // A normal distribution has a tenth of its values above this many deviations.
    private const decimal ToTenth = 1.2816m;

    /// <summary>A share of the remaining quantity that 8 of 10 sums stay within; 0 where nothing can be said.</summary>
    /// <param name="series">What is known; days from <paramref name="today"/> on are not looked at.</param>
    /// <param name="today">The first day that is not over.</param>
    /// <param name="end">The day after the last one of the period; later than today.</param>
    public static decimal Of(DailySeries series, DateOnly today, DateOnly end)
    {
        var from = today.AddDays(-Days) > series.First ? today.AddDays(-Days) : series.First;
        var count = today.DayNumber - from.DayNumber;
        var sum = series.Sum(from, today);
        if (count <= Week || sum <= 0)
        {
            return 0;
        }

        // Days are compared with the same weekday's: that Sundays are quiet surprises nobody.
        var mean = sum / count;
        var squares = Enumerable.Range(0, count).Select(from.AddDays).GroupBy(day => day.DayOfWeek)
            .Select(days => days.Select(day => series[day] / mean).ToList())
            .Sum(days => days.Average() is var usual ? days.Sum(value => (value - usual) * (value - usual)) : 0);
        var deviation = (decimal)Math.Sqrt((double)(squares / (count - Week)));

        // The estimate is a mean of days too, and as uncertain as they are many.
        return ToTenth * deviation * (decimal)Math.Sqrt(1.0 / (end.DayNumber - today.DayNumber) + 1.0 / count);
    }
}
