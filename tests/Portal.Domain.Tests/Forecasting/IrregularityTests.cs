using Portal.Domain.Forecasting;

namespace Portal.Domain.Tests.Forecasting;

public sealed class IrregularityTests
{
    private static readonly DateOnly s_first = new(2026, 1, 5);
    private static readonly DateOnly s_today = s_first.AddDays(28);
    private static readonly DateOnly s_end = s_today.AddDays(28);

    [Fact]
    public void Quiet_weekends_surprise_nobody()
    {
        Assert.Equal(0, Irregularity.Of(Series(day => day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 5 : 100), s_today, s_end));
    }

    [Fact]
    public void Usage_on_every_fourth_day_may_end_far_from_its_mean()
    {
        // Of 28 days 7 at 4 and 21 at 0 are 1 on average; each weekday has one of the seven: squares of 7 × (9 + 3 × 1) over 21 degrees of freedom are 4.
        var irregularity = Irregularity.Of(Series(day => day.DayNumber % 4 == 0 ? 4 : 0), s_today, s_end);
        Assert.Equal(1.2816m * 2 * (decimal)Math.Sqrt(2.0 / 28), irregularity, 6);
    }

    [Fact]
    public void A_first_week_and_no_usage_say_nothing()
    {
        Assert.Equal(0, Irregularity.Of(Series(_ => 3), s_first.AddDays(7), s_end));
        Assert.Equal(0, Irregularity.Of(Series(day => day < s_first.AddDays(1) ? 3 : 0), s_today.AddDays(3), s_end));
    }

    [Fact]
    public void It_widens_a_range_that_rests_on_others_and_never_one_of_own_errors()
    {
        var rough = ForecastBand.Of([], PastErrors.None, 0.5m);
        Assert.Equal((0.4m, 1.6m), (rough.Widened(0.6m).Low, rough.Widened(0.6m).High));
        Assert.Equal(rough, rough.Widened(0.001m));
        Assert.Equal(0, rough.Widened(2).Low);
        var own = rough with { Source = BandSource.Own };
        Assert.Equal(own, own.Widened(0.6m));
    }

    private static DailySeries Series(Func<DateOnly, decimal> value) =>
        DailySeries.Of(Enumerable.Range(0, 40).Select(n => (s_first.AddDays(n), value(s_first.AddDays(n)))), s_first.AddDays(40))!;
}
