using Portal.Domain.Rating;
using static Portal.Domain.Tests.Rating.Prices;

namespace Portal.Domain.Tests.Rating;

/// <summary>The one rule: a segment's amount is R(up to its end) − R(up to its start), by the segment's terms.</summary>
public sealed class SegmentTests
{
    private const string Cheap = "{'rate':{'model':'graduated','tiers':[{'upTo':100,'amount':'1'},{'upTo':null,'amount':'0.5'}]}}";
    private const string Dear = "{'rate':{'model':'graduated','tiers':[{'upTo':100,'amount':'2'},{'upTo':null,'amount':'1'}]}}";
    private const string Flat10 = "{'rate':{'model':'flat','amount':'10'}}";
    private const string Flat20 = "{'rate':{'model':'flat','amount':'20'}}";

    [Theory]
    [InlineData(Cheap, "80 60", "80 40")]                 // 20 at 1 and 40 at 0.5: the tiers go on counting
    [InlineData(Cheap, "0 0", "0 0")]
    [InlineData("{'rate':{'model':'package','size':10,'amount':'3'}}", "5 5 1", "3 0 3")]        // the package that was begun is used up first
    [InlineData("{'rate':{'model':'per_unit','amount':'1'},'included':'100'}", "80 60", "0 40")]
    [InlineData("{'rate':{'model':'per_unit','amount':'1'},'minimum':'100'}", "80 60 10", "100 40 10")]
    [InlineData("{'rate':{'model':'per_unit','amount':'1'},'maximum':'100'}", "80 60 10", "80 20 0")]
    [InlineData("{'rate':{'model':'volume','tiers':[{'upTo':100,'amount':'1'},{'upTo':null,'amount':'0.5'}]}}", "100 20", "100 -40")]
    [InlineData("{'rate':{'model':'volume','tiers':[{'upTo':100,'amount':'1','flat':'5'},{'upTo':null,'amount':'1'}]}}", "100 1", "105 -4")]
    [InlineData(Flat10, "1 1 1", "10 0 0")]               // a flat is charged once
    [InlineData(Dear, "150 -100", "250 -150")]            // a void takes back what it had cost
    public void A_cut_under_the_same_terms_goes_on_where_it_stopped(string price, string quantities, string amounts)
    {
        var rated = Rated([.. Numbers(quantities).Select(quantity => (price, quantity, 1m))]);
        Assert.Equal(Numbers(amounts), rated.Select(amount => amount.Amount()));
    }

    [Fact]
    public void A_new_version_prices_what_comes_after_it_from_the_tier_that_was_reached()
    {
        var rated = Rated([(Cheap, 80m, 1m), (Dear, 60m, 1m)]);
        Assert.Equal([80m, 80m], rated.Select(amount => amount.Amount()));     // 20 at 2 and 40 at 1
        Assert.Equal(["20 at 2 = 40", "40 at 1 = 40"], rated[1].Steps.Select(step => $"{step.Quantity} at {step.Price} = {step.Amount}"));
    }

    [Fact]
    public void With_shares_a_flat_is_charged_as_time_passes_by_the_version_of_that_time()
    {
        Assert.Equal([5m, 10m], Rated([(Flat10, 0m, 0.5m), (Flat20, 0m, 0.5m)]).Select(amount => amount.Amount()));
        Assert.Equal([2.5m, 7.5m], Rated([(Flat10, 0m, 0.25m), (Flat10, 0m, 0.75m)]).Select(amount => amount.Amount()));
        Assert.Equal([10m, 0m], Rated([(Flat10, 0m, 1m), (Flat20, 0m, 0m)]).Select(amount => amount.Amount()));
    }

    [Fact]
    public void Steps_of_a_segment_are_what_it_added()
    {
        var rated = Rated([(Cheap, 80m, 1m), (Cheap, 60m, 1m)])[1];
        Assert.Equal([(20m, 20m), (40m, 20m)], rated.Steps.Select(step => (step.Quantity, step.Amount)));

        // All units moved to the cheaper tier: the old tier's step is taken back.
        var volume = Rated([("{'rate':{'model':'volume','tiers':[{'upTo':100,'amount':'1'},{'upTo':null,'amount':'0.5'}]}}", 100m, 1m), ("{'rate':{'model':'volume','tiers':[{'upTo':100,'amount':'1'},{'upTo':null,'amount':'0.5'}]}}", 20m, 1m)])[1];
        Assert.Equal([(120m, 60m), (-100m, -100m)], volume.Steps.Select(step => (step.Quantity, step.Amount)));
        Assert.Equal(-40m, volume.Amount());
    }

    [Fact]
    public void A_percentage_goes_on_with_its_allowance()
    {
        var terms = Terms("{'rate':{'model':'percentage','percent':'10','fixed':'1','freeEvents':3}}");
        var rated = SegmentRater.Rate(
        [
            new UsageSegment(terms, RatedUsage.OfValues([10, 10])),
            new UsageSegment(terms, RatedUsage.OfValues([10, 10, 10, 10])),
        ]);
        Assert.Equal([0m, 2m], rated.Select(amount => amount.Amount()));
        Assert.Equal([(StepKind.Free, 1L), (StepKind.Percent, 1L)], rated[1].Steps.Select(step => (step.Kind, step.Events!.Value)));
    }

    [Fact]
    public void Late_usage_costs_what_it_would_have_added()
    {
        var terms = Terms(Cheap);
        var late = Rater.Rate(terms, Used(120)).Since(Rater.Rate(terms, Used(90)));
        Assert.Equal(20m, late.Amount());
        Assert.Equal(0m, Rater.Rate(terms, Used(90)).Since(Rater.Rate(terms, Used(90))).Amount());
        Assert.Empty(Rater.Rate(terms, Used(90)).Since(Rater.Rate(terms, Used(90))).Steps);
    }

    [Fact]
    public void A_difference_of_capped_amounts_is_known_to_be_capped()
    {
        var terms = Terms("{'rate':{'model':'per_unit','amount':'999999999999999'}}");
        Assert.True(Rater.Rate(terms, Used(100)).Since(Rater.Rate(terms, Used(1))).IsCapped);

        var cheaper = Terms("{'rate':{'model':'volume','tiers':[{'upTo':10,'amount':'999999999999999'},{'upTo':null,'amount':'1'}]}}");
        Assert.True(Rater.Rate(cheaper, Used(11)).Since(Rater.Rate(cheaper, Used(10))).IsCapped);
        Assert.False(Rater.Rate(cheaper, Used(12)).Since(Rater.Rate(cheaper, Used(11))).IsCapped);
    }

    private static IReadOnlyList<RatedAmount> Rated(IReadOnlyList<(string Price, decimal Quantity, decimal Share)> segments)
    {
        var used = 0m;
        var share = 0m;
        return SegmentRater.Rate([.. segments.Select(segment => new UsageSegment(
            Terms(segment.Price),
            Used(used += segment.Quantity),
            segments.Sum(each => each.Share) > 1 ? 1m : share += segment.Share))]);
    }
}
