using Portal.Domain.Forecasting;

namespace Portal.Domain.Tests.Forecasting;

public sealed class ForecastBandTests
{
    private static readonly PastErrors s_pool = new([.. Enumerable.Repeat(2m, 40)], [.. Enumerable.Repeat(0.5m, 40)]);

    [Theory]
    [InlineData(0, BandSource.Pooled)]
    [InlineData(2, BandSource.Pooled)]
    [InlineData(3, BandSource.OwnAndPooled)]
    [InlineData(7, BandSource.OwnAndPooled)]
    [InlineData(8, BandSource.Own)]
    [InlineData(30, BandSource.Own)]
    public void The_range_rests_on_own_errors_as_soon_as_there_are_eight_months_of_them(int own, BandSource source) =>
        Assert.Equal(source, ForecastBand.Of(Past(own), s_pool, 0.3m).Source);

    [Fact]
    public void A_new_installation_says_that_its_range_is_rough()
    {
        var band = ForecastBand.Of([], PastErrors.None, 0.3m);
        Assert.Equal(BandSource.Shipped, band.Source);
        Assert.InRange(band.Low, 0.1m, 0.99m);
        Assert.InRange(band.High, 1.01m, 5m);
        Assert.InRange(band.Error, 0.001m, 1m);
    }

    [Fact]
    public void Ranks_are_taken_among_one_more_than_there_are()
    {
        decimal[] twelve = [.. Enumerable.Range(1, 12)];
        Assert.Equal(1.3m, ForecastBand.Rank(twelve, 0.1m));
        Assert.Equal(11.7m, ForecastBand.Rank(twelve, 0.9m));
        Assert.Equal(6.5m, ForecastBand.Rank(twelve, 0.5m));
        Assert.Equal(8, ForecastBand.Rank([.. Enumerable.Range(1, 8)], 0.9m));
        Assert.Equal(0, ForecastBand.Rank([], 0.9m));
    }

    [Fact]
    public void Only_the_newest_twelve_months_count()
    {
        var old = Enumerable.Repeat(new PastForecast(10, 10, 10, 1_000), 10);
        var band = ForecastBand.Of([.. old, .. Past(12)], s_pool, 0.3m);
        Assert.Equal(12, band.Periods);
        Assert.True(band.High < 2);
    }

    [Fact]
    public void A_month_without_an_estimate_says_nothing_about_the_range()
    {
        var band = ForecastBand.Of([.. Past(8), new PastForecast(0, 0, 0, 5)], s_pool, 0.3m);
        Assert.Equal(BandSource.Own, band.Source);
        Assert.True(band.High < 2);
    }

    [Fact]
    public void A_past_period_is_forecast_by_what_was_known_then()
    {
        var march = new DayPeriod(new(2026, 3, 1), new(2026, 4, 1));
        var quiet = Series(day => day < new DateOnly(2026, 3, 11) ? 10 : 0);
        var loud = Series(day => day < new DateOnly(2026, 3, 11) ? 10 : 500);
        var (one, other) = (Backtest.Of(quiet, march, 10)!, Backtest.Of(loud, march, 10)!);
        Assert.Equal(210, one.Forecast);
        Assert.Equal(one with { Actual = other.Actual }, other);
        Assert.Equal((0, 10_500), (one.Actual, other.Actual));
    }

    [Fact]
    public void A_past_period_that_began_too_early_to_be_forecast_is_left_out()
    {
        var series = new DailySeries(new(2026, 2, 26), [.. Enumerable.Repeat(1m, 60)]);
        var march = new DayPeriod(new(2026, 3, 1), new(2026, 4, 1));
        Assert.Null(Backtest.Of(series, march, 3));
        Assert.NotNull(Backtest.Of(series, march, 4));
        Assert.Null(Backtest.Of(series, march, 31));
    }

    private static List<PastForecast> Past(int count) =>
        [.. Enumerable.Range(0, count).Select(n => new PastForecast(100, 100, 100, 95 + n % 10))];

    private static DailySeries Series(Func<DateOnly, decimal> quantity)
    {
        var first = new DateOnly(2026, 1, 1);
        return DailySeries.Of(Enumerable.Range(0, 120).Select(i => (first.AddDays(i), quantity(first.AddDays(i)))), first.AddDays(120))!;
    }
}
