using Portal.Domain.Catalog;
using Portal.Domain.Rating;

namespace Portal.Domain.Tests.Catalog;

public sealed class PriceMarginTests
{
    private static readonly Meter s_tokens = new()
    {
        Key = "tokens", Name = "Tokens", EventType = "llm", Aggregation = Aggregation.Sum, ValueProperty = "tokens", GroupBy = ["model", "type"], Filter = [],
        Unit = "token", CreatedAt = DateTimeOffset.UnixEpoch,
        UnitCosts = [new UnitCost(Match(), 5), new UnitCost(Match(("model", "large")), 7), new UnitCost(Match(("model", "large"), ("type", "out")), 9)],
    };

    [Theory]
    [InlineData("", "", 5)]
    [InlineData("small", "", 5)]
    [InlineData("large", "", 7)]
    [InlineData("large", "in", 7)]
    [InlineData("large", "out", 9)]
    public void The_cost_that_says_most_about_what_is_matched_is_taken(string model, string type, int cost) => Assert.Equal(cost, PriceMargin.CostOf(s_tokens,
        new[] { ("model", model), ("type", type) }.Where(pair => pair.Item2.Length > 0).ToDictionary(pair => pair.Item1, pair => pair.Item2)));

    [Fact]
    public void A_margin_is_of_the_price_and_reaches_from_the_worst_tier_to_the_best()
    {
        Assert.Equal((20m, 20m), PriceMargin.Of(new PerUnitRate(2.50m, 1_000_000m), 0.000002m));
        Assert.Equal((-100m, 50m), PriceMargin.Of(new GraduatedRate([new Tier(10, 4), new Tier(null, 1)]), 2));
        Assert.Equal((60m, 60m), PriceMargin.Of(new PackageRate(10, 50), 2));
        Assert.Null(PriceMargin.Of(new FlatRate(5), 2));
        Assert.Null(PriceMargin.Of(new PerUnitRate(0), 2));
    }

    [Fact]
    public void A_price_pays_for_the_cost_and_the_margin_of_its_units() => Assert.Equal(0.000003m, PriceMargin.UnitPrice(1.8m, 1.2m, 1_000_000m));

    private static Dictionary<string, string> Match(params (string Key, string Value)[] pairs) => pairs.ToDictionary(pair => pair.Key, pair => pair.Value);
}
