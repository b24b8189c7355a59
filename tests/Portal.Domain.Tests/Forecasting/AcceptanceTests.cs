using Portal.Domain.Forecasting;

namespace Portal.Domain.Tests.Forecasting;

/// <summary>What a forecast has to be worth, on every family of the seeded generator. The seed is another one than that of the errors that are shipped.</summary>
public sealed class AcceptanceTests
{
    private const int Seed = 2;

    public static TheoryData<string> Families => [.. UsageFamilies.Names];

    [Theory, MemberData(nameof(Families))]
    public void At_day_10_no_family_is_forecast_worse_than_by_its_run_rate(string family)
    {
        var (error, runRate) = ErrorsAtDay10(family);
        Assert.True(error <= runRate, $"{family}: {error} %, and the run-rate {runRate} %");
    }

    [Theory, InlineData("weekday"), InlineData("batch")]
    public void Weekday_and_batch_families_are_forecast_a_third_better_at_day_10(string family)
    {
        var (error, runRate) = ErrorsAtDay10(family);
        Assert.True(error <= 0.7m * runRate, $"{family}: {error} %, and the run-rate {runRate} %");
    }

    [Theory, MemberData(nameof(Families))]
    public void Eight_of_ten_totals_lie_in_the_range_of_own_errors(string family)
    {
        var coverage = UsageFamilies.Of(family, Seed).SelectMany(series => SeriesScore.Days.SelectMany(day => OwnCoverage(series, day))).Average(isInside => isInside ? 1m : 0);
        Assert.InRange(coverage, 0.75m, 0.88m);
    }

    [Theory, MemberData(nameof(Families))]
    public void From_the_first_month_on_eight_of_ten_totals_of_each_family_lie_in_the_range(string family)
    {
        var coverage = UsageFamilies.Of(family, Seed)
            .SelectMany(series => SeriesScore.Days.Select(day => SeriesScore.Of(series, UsageFamilies.MonthsOf(series), day).Coverage)).Average();
        Assert.InRange(coverage, 0.75m, 0.90m);
    }

    [Fact]
    public void Over_all_families_eight_of_ten_totals_lie_in_the_range_from_the_first_month_on()
    {
        var coverage = UsageFamilies.Names.SelectMany(family => UsageFamilies.Of(family, Seed))
            .SelectMany(series => SeriesScore.Days.Select(day => SeriesScore.Of(series, UsageFamilies.MonthsOf(series), day).Coverage)).Average();
        Assert.InRange(coverage, 0.75m, 0.90m);
    }

    private static (decimal Error, decimal RunRate) ErrorsAtDay10(string family)
    {
        var scores = UsageFamilies.Of(family, Seed).Select(series => SeriesScore.Of(series, UsageFamilies.MonthsOf(series), 10)).ToList();
        return (scores.Average(score => score.Mape), scores.Average(score => score.RunRateMape));
    }

    private static IEnumerable<bool> OwnCoverage(DailySeries series, int day)
    {
        var all = Backtest.Of(series, UsageFamilies.MonthsOf(series), day).ToList();
        return from n in Enumerable.Range(0, all.Count)
               let band = ForecastBand.Of(all[..n], PastErrors.None, day / 30m)
               where band.Source == BandSource.Own
               select band.Low * all[n].Forecast <= all[n].Actual && all[n].Actual <= band.High * all[n].Forecast;
    }
}
