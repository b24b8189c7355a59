using Portal.Domain.Forecasting;

namespace Portal.Domain.Tests.Forecasting;

public sealed class PointForecastTests
{
    private static readonly DateOnly s_first = new(2026, 1, 1);
    private static readonly DayPeriod s_march = new(new(2026, 3, 1), new(2026, 4, 1));

    [Fact]
    public void Usage_that_never_changes_goes_on_as_it_is()
    {
        var forecast = PointForecast.Of(Series(_ => 10), s_march.Start, new(2026, 3, 11), s_march.End);
        Assert.Equal(210, forecast.Total);
        Assert.All(forecast.Days, day => Assert.Equal(10, day));
    }

    [Fact]
    public void Weekends_are_forecast_as_weekends()
    {
        var forecast = PointForecast.Of(Series(day => IsWeekend(day) ? 0 : 10), s_march.Start, new(2026, 3, 11), s_march.End);
        Assert.Equal(150, forecast.Total);
        Assert.Equal(0, forecast.Days[3]);
    }

    [Fact]
    public void A_batch_on_the_first_of_the_month_is_not_taken_for_every_day()
    {
        var forecast = PointForecast.Of(Series(day => day.Day == 1 ? 300 : 10), s_march.Start, new(2026, 3, 11), s_march.End);
        Assert.Equal(210, forecast.Total);
    }

    [Fact]
    public void One_spike_does_not_carry_the_estimate_away()
    {
        var forecast = PointForecast.Of(Series(day => day == new DateOnly(2026, 3, 9) ? 1_000 : 10), s_march.Start, new(2026, 3, 20), s_march.End);
        Assert.InRange(forecast.Total, 120, 1_100);
    }

    [Fact]
    public void What_happens_from_today_on_changes_nothing()
    {
        var today = new DateOnly(2026, 3, 11);
        var known = PointForecast.Of(Series(day => day < today ? day.Day : 0), s_march.Start, today, s_march.End);
        var future = PointForecast.Of(Series(day => day < today ? day.Day : 9_999), s_march.Start, today, s_march.End);
        Assert.Equal(known.Days, future.Days);
        Assert.Equal(known.Method, future.Method);
    }

    [Fact]
    public void A_missing_day_is_a_day_without_usage()
    {
        var days = Enumerable.Range(0, 60).Select(i => (Day: s_first.AddDays(i), Quantity: 7m)).Where(day => day.Day.Day % 3 != 0).ToList();
        var missing = DailySeries.Of(days, s_first.AddDays(60))!;
        var zero = DailySeries.Of(days.Concat([(new DateOnly(2026, 1, 3), 0m), (new DateOnly(2026, 1, 6), 0m)]), s_first.AddDays(60))!;
        Assert.Equal(0, missing[new DateOnly(2026, 1, 3)]);
        Assert.Equal(zero.Sum(s_first, s_first.AddDays(60)), missing.Sum(s_first, s_first.AddDays(60)));
    }

    [Fact]
    public void Who_began_inside_the_period_is_measured_from_there()
    {
        var series = new DailySeries(new(2026, 3, 6), [.. Enumerable.Repeat(10m, 10)]);
        Assert.Equal(10, PointForecast.RunRate(series, s_march.Start, new(2026, 3, 16)));
    }

    [Fact]
    public void Credits_that_outweigh_usage_forecast_nothing_rather_than_less()
    {
        var forecast = PointForecast.Of(Series(_ => -5), s_march.Start, new(2026, 3, 11), s_march.End);
        Assert.Equal(0, forecast.Total);
    }

    private static DailySeries Series(Func<DateOnly, decimal> quantity) =>
        DailySeries.Of(Enumerable.Range(0, 120).Select(i => (s_first.AddDays(i), quantity(s_first.AddDays(i)))), s_first.AddDays(120))!;

    private static bool IsWeekend(DateOnly day) => day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;
}
