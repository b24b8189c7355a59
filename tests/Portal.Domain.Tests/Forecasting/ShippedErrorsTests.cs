using Portal.Domain.Forecasting;

namespace Portal.Domain.Tests.Forecasting;

public sealed class ShippedErrorsTests
{
    [Fact]
    public void What_is_shipped_is_what_the_families_of_usage_give()
    {
        foreach (var day in SeriesScore.Days)
        {
            var past = UsageFamilies.Names.SelectMany(family => UsageFamilies.Of(family))
                .SelectMany(series => Backtest.Of(series, UsageFamilies.MonthsOf(series), day)).ToList();
            var shipped = ShippedErrors.At(day / 30m);
            Assert.Equal(Ranks(past.Select(one => one.Ratio)), shipped.Ratios);
            Assert.Equal(Ranks(past.Select(one => one.Error)), shipped.Errors);
        }
    }

    private static List<decimal> Ranks(IEnumerable<decimal?> values)
    {
        var all = values.OfType<decimal>().ToList();
        return [.. Enumerable.Range(1, ShippedErrors.Ranks).Select(rank => Math.Round(ForecastBand.Rank(all, rank / (ShippedErrors.Ranks + 1m)), 3))];
    }
}
