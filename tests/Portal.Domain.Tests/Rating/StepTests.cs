using System.Text.Json;
using Portal.Domain.Rating;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Rating.Prices;

namespace Portal.Domain.Tests.Rating;

public sealed class StepTests
{
    private const string Tiers = "{'rate':{'model':'graduated','tiers':[{'upTo':100,'amount':'0.10'},{'upTo':null,'amount':'0.05','flat':'2'}]},'included':'50','minimum':'3','maximum':'30'}";

    [Theory]
    [InlineData("20", "Included 20 at 0 + 0 = 0; Tier 0 at 0.10 + 0 = 0; Minimum 0 at 3 + 0 = 3")]
    [InlineData("80", "Included 50 at 0 + 0 = 0; Tier 30 at 0.10 + 0 = 3")]
    [InlineData("250", "Included 50 at 0 + 0 = 0; Tier 100 at 0.10 + 0 = 10; Tier 100 at 0.05 + 2 = 7")]
    [InlineData("750", "Included 50 at 0 + 0 = 0; Tier 100 at 0.10 + 0 = 10; Tier 600 at 0.05 + 2 = 32; Maximum 0 at 30 + 0 = -12")]
    public void Steps_tell_how_the_amount_came_about(string quantity, string told)
    {
        var rated = Rater.Rate(Terms(Tiers), Used(Number(quantity)));
        rated.Amount();
        Assert.Equal(
            told,
            string.Join("; ", rated.Steps.Select(step =>
                $"{step.Kind} {DecimalText.Format(step.Quantity)} at {DecimalText.FormatAsEntered(step.UnitAmount)} + {DecimalText.Format(step.Flat)} = {DecimalText.Format(step.Amount)}")));
    }

    [Fact]
    public void A_step_knows_the_range_it_covers()
    {
        var steps = Rater.Rate(Terms(Tiers), Used(250)).Steps;
        Assert.Equal([(0m, 50m), (0m, 100m), (100m, (decimal?)null)], steps.Select(step => (step.From, step.To)));
    }

    [Theory]
    [InlineData("{'model':'flat','amount':'5.00'}", "7", "{'kind':'flat','from':'0','to':null,'quantity':'7','unitAmount':'0','flat':'5','amount':'5'}")]
    [InlineData("{'model':'per_unit','amount':'0.10'}", "100", "{'kind':'units','from':'0','to':null,'quantity':'100','unitAmount':'0.10','flat':'0','amount':'10'}")]
    [InlineData("{'model':'per_unit','amount':'2.50','per':1000000}", "4000", "{'kind':'units','from':'0','to':null,'quantity':'4000','unitAmount':'0.0000025','price':'2.50','per':'1000000','flat':'0','amount':'0.01'}")]
    [InlineData("{'model':'package','size':1000,'amount':'2.50'}", "1500", "{'kind':'package','from':'0','to':null,'quantity':'1500','unitAmount':'0.0025','price':'2.50','per':'1000','flat':'0','amount':'5'}")]
    [InlineData("{'model':'percentage','percent':'2.9','fixed':'0.30'}", "100", "{'kind':'percent','from':'0','to':null,'quantity':'100','unitAmount':'0.029','price':'2.9','per':'100','flat':'0.3','amount':'3.2','events':1}")]
    [InlineData("{'model':'graduated_percentage','tiers':[{'upTo':null,'percent':'1'}]}", "100", "{'kind':'percent_tier','from':'0','to':null,'quantity':'100','unitAmount':'0.01','price':'1','per':'100','flat':'0','amount':'1'}")]
    [InlineData("{'model':'volume','tiers':[{'upTo':'10','amount':'3'},{'upTo':null,'amount':'1','flat':'2'}]}", "12.50", "{'kind':'volume','from':'10','to':null,'quantity':'12.5','unitAmount':'1','flat':'2','amount':'14.5'}")]
    [InlineData("{'model':'stairstep','tiers':[{'upTo':'10','flat':'3.50'},{'upTo':null,'flat':'9'}]}", "10", "{'kind':'stairstep','from':'0','to':'10','quantity':'10','unitAmount':'0','flat':'3.5','amount':'3.5'}")]
    public void A_step_is_written_as_the_API_says_and_read_back(string rate, string quantity, string json)
    {
        var step = Assert.Single(Rater.Rate(Terms($"{{'rate':{rate}}}"), Used(Number(quantity))).Steps);
        Assert.Equal(json.Replace('\'', '"'), JsonSerializer.Serialize(step));
        Assert.Equal(step, JsonSerializer.Deserialize<RatedStep>(JsonSerializer.Serialize(step)));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{'kind':'units','from':'0','quantity':'x','unitAmount':'1','flat':'0','amount':'0'}")]
    [InlineData("{'kind':'units','from':'0','quantity':'1'}")]
    public void What_is_no_step_is_not_read(string json) =>
        Assert.ThrowsAny<Exception>(() => JsonSerializer.Deserialize<RatedStep>(json.Replace('\'', '"')));

    [Fact]
    public void Every_kind_of_step_comes_back_from_JSON()
    {
        foreach (var kind in Enum.GetValues<StepKind>())
        {
            var step = new RatedStep(kind, 1, null, -2.5m, 0.10m, 1, -1, -3, null);
            Assert.Equal(step, JsonSerializer.Deserialize<RatedStep>(JsonSerializer.Serialize(step)));
        }
    }

    [Theory]
    [InlineData("{'model':'per_unit','amount':'999999999999999'}", "999999999999999")]
    [InlineData("{'model':'per_unit','amount':'999999999999999.999999999999','per':'0.000000000001'}", "999999999999999.999999999999")]
    [InlineData("{'model':'package','size':'0.000000000001','amount':'999999999999999'}", "999999999999999")]
    [InlineData("{'model':'percentage','percent':'999999999999999','fixed':'999999999999999'}", "999999999999999")]
    [InlineData("{'model':'percentage','percent':'999999999999999','freeAmount':'0.000000000001','minPerEvent':'1'}", "999999999999999")]
    [InlineData("{'model':'graduated','tiers':[{'upTo':'1','amount':'999999999999999','flat':'999999999999999'},{'upTo':null,'amount':'999999999999999','flat':'1'}]}", "999999999999999")]
    [InlineData("{'model':'volume','tiers':[{'upTo':null,'amount':'999999999999999','flat':'999999999999999'}]}", "2")]
    [InlineData("{'model':'graduated_percentage','tiers':[{'upTo':null,'percent':'999999999999999'}]}", "999999999999999")]
    public void An_amount_too_large_to_store_stops_at_the_largest_and_says_so(string rate, string quantity)
    {
        var rated = Rater.Rate(Terms($"{{'rate':{rate}}}"), Used(Number(quantity)));
        Assert.Equal(Exact.Max, rated.Amount());
        Assert.True(rated.IsCapped);
        Assert.Equal(1_000_000_000_000_000_00, Money.Round(rated.Exact, Currency.Of("USD")).Minor);
    }

    [Fact]
    public void Even_a_sum_of_very_many_large_events_rates() =>
        Assert.Equal(Exact.Max, Rater.Rate(Terms("{'rate':{'model':'per_unit','amount':'999999999999999'},'included':'1'}"), new RatedUsage(decimal.MaxValue / 2, long.MaxValue)).Amount());
}
