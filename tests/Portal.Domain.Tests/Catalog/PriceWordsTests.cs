using System.Globalization;
using Portal.Domain.Catalog;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Catalog;

public sealed class PriceWordsTests
{
    private static readonly CultureInfo s_english = CultureInfo.GetCultureInfo("en-US");

    public static TheoryData<PriceTerms, string> Terms => new()
    {
        { new(new PerUnitRate(0.99m)), "$0.99 per call" },
        { new(new PerUnitRate(2.75m, 1_000_000m), Included: 1_000_000m), "$2.75 per 1,000,000 calls, the first 1,000,000 calls free" },
        { new(new FlatRate(20m)), "$20.00 a month" },
        { new(new PackageRate(1_000m, 5m), Minimum: 10m, Maximum: 500m), "$5.00 for every 1,000 calls begun, at least $10.00 a month, at most $500.00 a month" },
        { new(new GraduatedRate([new(1_000m, 0.01m, Flat: 5m), new(null, 0.008m)])), "each part at its own price: up to 1,000 calls $0.01 per call + $5.00; above that $0.008 per call" },
        { new(new VolumeRate([new(null, 0.1m)])), "all at the price of one tier: $0.10 per call" },
        { new(new StairstepRate([new(100m, 10m), new(null, 30m)])), "one amount for the tier: up to 100 calls $10.00; above that $30.00" },
        { new(new PercentageRate(2.9m, 0.3m, 100, 500m, 0.1m, 20m)), "2.9 % of the value + $0.30 an event, the first 100 events free, the first 500 of value free, at least $0.10 an event, at most $20.00 an event" },
        { new(new GraduatedPercentageRate([new(1_000m, 3m), new(null, 2m, 1m)])), "each part at its own share: up to 1,000 calls 3 % of the value; above that 2 % of the value + $1.00" },
    };

    [Theory]
    [MemberData(nameof(Terms))]
    public void Every_model_can_be_said(PriceTerms terms, string words) => Assert.Equal(words, Words(Usage("calls", terms)));

    [Fact]
    public void A_recurring_fee_says_when_it_is_charged_and_goes_by_its_own_interval() => Assert.Equal(
        "$200.00 a year, in advance",
        Words(new Price("seat", "Seat", null, new Dictionary<string, string>(), Price.Advance, BillingInterval.Year, new(new FlatRate(200m)))));

    [Fact]
    public void Two_states_that_say_the_same_have_no_differences() =>
        Assert.Empty(Changes(Card(Usage("calls", Tiers(1_000m))), Card(Usage("calls", Tiers(1_000m)))));

    [Fact]
    public void A_difference_is_said_once_with_what_it_was_and_what_it_is() => Assert.Equal(
        ["Calls: each part at its own price: up to 1,000 calls $1.00 per call; above that $0.50 per call → each part at its own price: up to 2,000 calls $1.00 per call; above that $0.50 per call."],
        Changes(Card(Usage("calls", Tiers(1_000m))), Card(Usage("calls", Tiers(2_000m)))));

    [Fact]
    public void Prices_that_came_went_and_were_renamed_are_told_apart()
    {
        var before = Card(Usage("calls", new(new PerUnitRate(1m))), Usage("images", new(new PerUnitRate(2m))));
        var after = Card(Usage("calls", new(new PerUnitRate(1m))) with { Name = "API calls" }, Usage("seats", new(new FlatRate(3m))));

        Assert.Equal(
            ["Calls is called API calls.", "Seats is new: $3.00 a month.", "Images is gone, was $2.00 per call."],
            Changes(before, after));
    }

    [Fact]
    public void Another_group_another_trial_and_other_terms_of_billing_are_differences()
    {
        var before = Card(Usage("calls", new(new PerUnitRate(1m))));
        var after = Card(Usage("calls", new(new PerUnitRate(1m))) with { Match = new Dictionary<string, string> { ["model"] = "gpt-4o" } }) with
        {
            TrialDays = 14,
            Billing = new BillingTerms(50m, BillingTerms.Send, 30),
            Features = [new Feature("api", 50_000m, "calls")],
        };

        Assert.Equal(
            [
                "Calls is for meter calls where model = gpt-4o, was for meter calls.", "Feature api is new: 50,000 calls.", "Days of trial: 0 → 14.",
                "Interim invoice: never → at $50.00 unbilled.", "Collected by: the saved payment method → invoice, due in 30 days.",
            ],
            Changes(before, after));
    }

    private static PriceTerms Tiers(decimal upTo) => new(new GraduatedRate([new(upTo, 1m), new(null, 0.5m)]));

    private static Price Usage(string key, PriceTerms terms) =>
        new(key, char.ToUpperInvariant(key[0]) + key[1..], "calls", new Dictionary<string, string>(), null, null, terms);

    private static RateCardContent Card(params Price[] prices) => new("Card", "USD", BillingInterval.Month, prices, [], 0, BillingTerms.Default);

    private static string Words(Price price) => PriceWords.Of(price, price.Meter is null ? null : "call", BillingInterval.Month, Currency.Of("USD"), s_english);

    private static IReadOnlyList<string> Changes(RateCardContent before, RateCardContent after) => RateCardChanges.Between(before, after, Meter, s_english);

    private static Meter Meter(string key) => new()
    {
        Key = key,
        Name = key,
        EventType = key,
        Aggregation = Aggregation.Count,
        GroupBy = ["model"],
        Filter = [],
        Unit = "call",
        CreatedAt = DateTimeOffset.UnixEpoch,
    };
}
