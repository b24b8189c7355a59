using System.Globalization;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Metering;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Invoicing;

public class ChargeSheetTests
{
    private static readonly DateTimeOffset s_start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Period s_march = new(s_start, s_start.AddMonths(1));
    private static readonly Currency s_usd = Currency.Of("USD");

    private static readonly Meter s_tokens = new()
    {
        Key = "tokens",
        Name = "Tokens",
        EventType = "llm.completion",
        Aggregation = Aggregation.Sum,
        ValueProperty = "tokens",
        GroupBy = ["model", "kind"],
        Filter = [],
        Unit = "token",
        CreatedAt = s_start,
    };

    [Fact]
    public void A_price_without_a_match_takes_what_no_other_price_took()
    {
        var charges = Make(
            [Segment(s_march, PerUnit("large", 2, ("model", "large")), PerUnit("rest", 1))],
            Used(("large", "in", 10), ("small", "in", 5), ("small", "out", 7)));

        Assert.Equal([("large", 10m, 20m), ("rest", 12m, 12m)], charges.Select(Figures));
    }

    [Fact]
    public void The_price_with_the_most_matching_keys_takes_the_group()
    {
        var charges = Make(
            [Segment(s_march, PerUnit("large", 2, ("model", "large")), PerUnit("large-out", 5, ("model", "large"), ("kind", "out")))],
            Used(("large", "in", 10), ("large", "out", 3)));

        Assert.Equal([("large", 10m, 20m), ("large-out", 3m, 15m)], charges.Select(Figures));
    }

    [Fact]
    public void Tiers_count_what_a_price_takes_in_all_groups()
    {
        var tiers = new GraduatedRate([new Tier(10, 1), new Tier(null, 0.5m)]);
        var charges = Make([Segment(s_march, new Price("all", "All", "tokens", Match(), null, null, new PriceTerms(tiers)))], Used(("a", "in", 8), ("b", "in", 8)));

        Assert.Equal([("all", 16m, 13m)], charges.Select(Figures));
    }

    [Fact]
    public void A_price_that_nobody_used_still_shows_once()
    {
        var charges = Make([Segment(s_march, PerUnit("rest", 1))], []);

        Assert.Equal([("rest", 0m, 0m)], charges.Select(Figures));
    }

    [Fact]
    public void Cutting_a_period_where_the_prices_stay_the_same_changes_no_cent()
    {
        var tiers = new PriceTerms(new GraduatedRate([new Tier(10, 1, Flat: 3), new Tier(null, 0.333m, Flat: 1)]), Included: 4, Minimum: 20);
        var price = new Price("all", "All", "tokens", Match(), null, null, tiers);
        var seed = 20260301;
        var random = new Random(seed);
        for (var round = 0; round < 500; round++)
        {
            var (half, full) = (random.Next(40), random.Next(40));
            var whole = Make([Segment(s_march, price)], Used(("a", "in", half + full)));
            var cut = s_start.AddMinutes(random.Next(1, 44_000));
            var parts = ChargeSheet.Make(
                [Segment(new Period(s_march.Start, cut), price), Segment(new Period(cut, s_march.End), price)],
                [[], Used(("a", "in", half)), Used(("a", "in", half + full))], _ => s_tokens, s_march.Duration, s_usd);

            Assert.True(
                Money.Sum(whole.Select(charge => charge.Amount), s_usd) == Money.Sum(parts.Select(charge => charge.Amount), s_usd),
                $"seed {seed}, round {round}: {half} + {full} cut at {cut:O}");
        }
    }

    [Fact]
    public void A_new_version_inside_a_period_prices_only_what_comes_after_it()
    {
        var cut = s_start.AddDays(10);
        var charges = ChargeSheet.Make(
            [Segment(new Period(s_march.Start, cut), PerUnit("all", 1)), Segment(new Period(cut, s_march.End), PerUnit("all", 3))],
            [[], Used(("a", "in", 100)), Used(("a", "in", 110))], _ => s_tokens, s_march.Duration, s_usd);

        Assert.Equal([("all", 100m, 100m), ("all", 10m, 30m)], charges.Select(Figures));
    }

    [Fact]
    public void Recurring_fees_and_flats_are_shared_by_time_where_they_change()
    {
        var cut = s_start.AddDays(15.5);
        var charges = ChargeSheet.Make(
            [Segment(new Period(s_march.Start, cut), Fee(31)), Segment(new Period(cut, s_march.End), Fee(62))],
            [[], [], []], _ => null, s_march.Duration, s_usd);

        Assert.Equal([("fee", 1m, 15.5m), ("fee", 1m, 31m)], charges.Select(Figures));
    }

    [Fact]
    public void A_short_first_period_is_charged_its_share_of_a_fee_and_all_of_its_usage()
    {
        var stub = new Period(s_start.AddDays(21), s_march.End);
        var charges = ChargeSheet.Make(
            [Segment(stub, Fee(31), PerUnit("all", 1))], [[], Used(("a", "in", 7))], key => key == "tokens" ? s_tokens : null, s_march.Duration, s_usd);

        Assert.Equal([("fee", 1m, 10m), ("all", 7m, 7m)], charges.Select(Figures));
    }

    [Fact]
    public void A_trial_shows_what_was_used_and_charges_nothing()
    {
        var cut = s_start.AddDays(7);
        var charges = ChargeSheet.Make(
            [Segment(new Period(s_march.Start, cut), PerUnit("all", 1)) with { Charged = false }, Segment(new Period(cut, s_march.End), PerUnit("all", 1))],
            [[], Used(("a", "in", 5)), Used(("a", "in", 12))], _ => s_tokens, s_march.Duration, s_usd);

        Assert.Equal([("all", 5m, 0m), ("all", 7m, 7m)], charges.Select(Figures));
    }

    [Fact]
    public void Lines_of_a_cut_price_round_what_they_add_up_to_and_not_each_alone()
    {
        var cut = s_start.AddDays(1);
        var charges = ChargeSheet.Make(
            [Segment(new Period(s_march.Start, cut), PerUnit("all", 0.005m)), Segment(new Period(cut, s_march.End), PerUnit("all", 0.005m))],
            [[], Used(("a", "in", 1)), Used(("a", "in", 2))], _ => s_tokens, s_march.Duration, s_usd);

        Assert.Equal(["0.01", "0.00"], charges.Select(charge => charge.Amount.Amount.ToString("F2", CultureInfo.InvariantCulture)));
    }

    private static IReadOnlyList<Charge> Make(IReadOnlyList<BillingSegment> segments, IReadOnlyList<UsageTotal> usage) =>
        ChargeSheet.Make(segments, [[], usage], _ => s_tokens, s_march.Duration, s_usd);

    private static BillingSegment Segment(Period period, params Price[] prices) => new(period, prices, Charged: true);

    private static Price PerUnit(string key, decimal amount, params (string Key, string Value)[] match) =>
        new(key, key, "tokens", Match(match), null, null, new PriceTerms(new PerUnitRate(amount)));

    private static Price Fee(decimal amount) => new("fee", "Fee", null, Match(), "arrears", null, new PriceTerms(new FlatRate(amount)));

    private static Dictionary<string, string> Match(params (string Key, string Value)[] match) => match.ToDictionary(pair => pair.Key, pair => pair.Value);

    private static IReadOnlyList<UsageTotal> Used(params (string Model, string Kind, decimal Sum)[] groups) =>
        [.. groups.Select(group => new UsageTotal(s_tokens.Id, [group.Model, group.Kind], 1, group.Sum, group.Sum, group.Sum, s_start, group.Sum))];

    private static (string, decimal, decimal) Figures(Charge charge) => (charge.Price.Key, charge.Quantity, charge.Amount.Amount);
}
