using Portal.Domain.Invoicing;

namespace Portal.Domain.Tests.Invoicing;

public class ForecastCoverageTests
{
    [Fact]
    public void Every_night_of_one_period_that_went_wrong_is_one_miss_and_no_alarm()
    {
        var coverage = ForecastCoverage.Of([.. Enumerable.Range(1, 60).Select(day => Forecast(customer: 1, day, total: 200))]);
        Assert.Equal((60, 1, 0m, false), (coverage.Scored, coverage.Periods, coverage.Share, coverage.IsOff));
    }

    [Theory]
    [InlineData(30, 0, true)]
    [InlineData(30, 20, true)]
    [InlineData(30, 24, false)]
    [InlineData(30, 30, true)]
    [InlineData(29, 0, false)]
    public void From_thirty_periods_on_an_alarm_is_due_where_other_than_8_of_10_lay_in_their_range(int periods, int right, bool isOff) =>
        Assert.Equal(isOff, ForecastCoverage.Of([.. Enumerable.Range(1, periods).Select(customer => Forecast(customer, 10, customer <= right ? 100 : 200))]).IsOff);

    private static ScoredForecast Forecast(int customer, int day, decimal total) => new(customer, DateTimeOffset.UnixEpoch, day, 90, 100, 110, total);
}
