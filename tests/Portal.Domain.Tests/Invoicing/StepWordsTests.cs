using System.Globalization;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Invoicing;

public sealed class StepWordsTests
{
    private static readonly CultureInfo s_english = CultureInfo.GetCultureInfo("en-US");

    [Fact]
    public void A_price_for_many_units_is_typed_as_it_stands_on_the_card() => Assert.Equal(
        [new("Every token", "91,400,000 × $2.50 ÷ 1,000,000", "$228.50")],
        Words(new PriceTerms(new PerUnitRate(2.50m, 1_000_000m)), 91_400_000m, "token"));

    [Fact]
    public void Included_units_stand_before_what_is_charged() => Assert.Equal(
        [new("Included, free of charge", "50 images", "$0.00"), new("Every image", "1,862 × $0.02", "$37.24")],
        Words(new PriceTerms(new PerUnitRate(0.02m), Included: 50m), 1_912m, "image"));

    [Fact]
    public void Each_graduated_tier_is_a_sum_of_its_own() => Assert.Equal(
        [new("up to 1,000 calls", "1,000 × $0.01 + $5.00", "$15.00"), new("above 1,000 calls", "234 × $0.008", "$1.872")],
        Words(new PriceTerms(new GraduatedRate([new Tier(1_000m, 0.01m, Flat: 5m), new Tier(null, 0.008m)])), 1_234m, "call"));

    [Fact]
    public void A_volume_price_names_the_tier_that_all_units_fall_in() => Assert.Equal(
        [new("All at the price of one tier: above 100 up to 1,000 calls", "500 × $0.08", "$40.00")],
        Words(new PriceTerms(new VolumeRate([new Tier(100m, 0.1m), new Tier(1_000m, 0.08m), new Tier(null, 0.05m)])), 500m, "call"));

    [Fact]
    public void Packages_are_counted_as_they_are_charged() => Assert.Equal(
        [new("Packages of 100 calls, begun ones in full", "3 × $5.00", "$15.00")],
        Words(new PriceTerms(new PackageRate(100m, 5m)), 201m, "call"));

    [Fact]
    public void A_percentage_shows_its_allowance_its_share_and_its_fixed_fee() => Assert.Equal(
        [new("Free allowance", "100 in 1 event", "$0.00"), new("Share of the value", "2.9 % of 200 + $0.60 for 2 events", "$6.40")],
        [.. Rater.Rate(new PriceTerms(new PercentageRate(2.9m, Fixed: 0.3m, FreeEvents: 1)), RatedUsage.OfValues([100m, 100m, 100m]))
            .Steps.Select(step => StepWords.Of(step, null, Currency.Of("USD"), s_english))]);

    [Fact]
    public void What_a_minimum_adds_is_a_step_of_its_own() => Assert.Equal(
        [new("Every call", "10 × $0.10", "$1.00"), new("Raised to the minimum of $5.00", "", "$4.00")],
        Words(new PriceTerms(new PerUnitRate(0.1m), Minimum: 5m), 10m, "call"));

    [Fact]
    public void The_amounts_of_all_steps_add_up_to_the_line()
    {
        var terms = new PriceTerms(new GraduatedRate([new Tier(10m, 0.333333m), new Tier(null, 0.1m, Flat: 1m)]), Included: 3m, Maximum: 4m);
        var rated = Rater.Rate(terms, new RatedUsage(25m, 25));
        var shown = rated.Steps.Select(step => StepWords.Of(step, "call", Currency.Of("USD"), s_english).Amount);

        Assert.Equal(rated.Exact, shown.Sum(amount => decimal.Parse(amount, NumberStyles.Currency, s_english)));
    }

    [Theory]
    [InlineData("1", "token", "1 token")]
    [InlineData("2500.5", "token", "2,500.5 tokens")]
    [InlineData("41", "GB", "41 GB")]
    [InlineData("-3", "call", "-3 calls")]
    public void Units_read_as_people_say_them(string quantity, string unit, string text) =>
        Assert.Equal(text, UnitName.Format(decimal.Parse(quantity, CultureInfo.InvariantCulture), unit, s_english));

    private static List<StepWords> Words(PriceTerms terms, decimal quantity, string unit) =>
    [
        .. Rater.Rate(terms, new RatedUsage(quantity, 1)).Steps.Select(step => StepWords.Of(step, unit, Currency.Of("USD"), s_english)),
    ];
}
