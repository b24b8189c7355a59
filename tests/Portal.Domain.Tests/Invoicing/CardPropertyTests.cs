using System.Globalization;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Metering;
using Portal.Domain.Tests.Rating;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>T-47: random cards and usage against an oracle that shares units out and counts them one at a time; a failure names its seed.</summary>
public sealed class CardPropertyTests
{
    private const int Seeds = 10_000;

    private static readonly Period s_march = new(new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero), new(2026, 4, 1, 0, 0, 0, TimeSpan.Zero));
    private static readonly string[] s_models = ["large", "small", "tiny"];
    private static readonly string[] s_kinds = ["in", "out"];
    private static readonly Currency[] s_currencies = [Currency.Of("USD"), Currency.Of("JPY"), Currency.Of("KWD")];

    private static readonly Meter s_tokens = new()
    {
        Key = "tokens", Name = "Tokens", EventType = "llm", Aggregation = Aggregation.Sum, ValueProperty = "tokens",
        GroupBy = ["model", "kind"], Filter = [], Unit = "token", CreatedAt = s_march.Start,
    };

    [Fact]
    public void Every_price_charges_what_counting_its_units_comes_to() => Each((card, events, currency, _) =>
    {
        var charges = Charges(card.ConvertAll(one => one.Price), events, currency);
        foreach (var (price, counted) in card)
        {
            var units = events.Where(used => ReferenceEquals(card.Select(one => one.Price).Where(other => Takes(other, used)).MaxBy(other => other.Match.Count), price)).Sum(used => used.Units);
            var charge = charges.Single(one => one.Price.Key == price.Key);
            Assert.Equal(counted.Counted(units), charge.Exact);
            Assert.Equal(Oracle(charge.Exact, currency), charge.Amount.Minor);
        }
    });

    [Fact]
    public void Splitting_and_reordering_events_changes_nothing() => Each((card, events, currency, random) =>
    {
        var prices = card.ConvertAll(one => one.Price);
        var split = events.SelectMany(used => random.Next(2) == 0 || used.Units < 2
            ? [used]
            : new[] { used with { Units = used.Units / 2 }, used with { Units = used.Units - (used.Units / 2) } }).ToArray();
        random.Shuffle(split);
        Assert.Equal(Figures(Charges(prices, events, currency)), Figures(Charges(prices, split, currency)));
    });

    [Fact]
    public void Cutting_the_period_bills_the_same_in_parts() => Each((card, events, currency, random) =>
    {
        var prices = card.ConvertAll(one => one.Price);
        var cut = random.Next(0, events.Count + 1);
        var at = s_march.Start.AddHours(random.Next(1, 700));
        List<BillingSegment> segments = [new(new Period(s_march.Start, at), prices, true), new(new Period(at, s_march.End), prices, true)];
        var parts = ChargeSheet.Make(segments, [[], Totals(events.Take(cut)), Totals(events)], _ => s_tokens, s_march.Duration, currency);
        foreach (var whole in Charges(prices, events, currency))
        {
            Assert.Equal(whole.Amount.Minor, parts.Where(part => part.Price.Key == whole.Price.Key).Sum(part => part.Amount.Minor));
            Assert.Equal(whole.Quantity, parts.Where(part => part.Price.Key == whole.Price.Key).Sum(part => part.Quantity));
        }
    });

    private static void Each(Action<List<(Price Price, RandomPrice Counted)>, List<Used>, Currency, Random> check)
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var random = new Random(seed);
            var card = Card(random);
            var events = Enumerable.Range(0, random.Next(0, 8))
                .Select(_ => new Used(s_models[random.Next(s_models.Length)], s_kinds[random.Next(s_kinds.Length)], random.Next(0, 15))).ToList();
            try
            {
                check(card, events, s_currencies[seed % s_currencies.Length], random);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"seed {seed}"), failure);
            }
        }
    }

    /// <summary>Up to four prices of one meter: for all, for a model, for a kind of a model. No two are tied.</summary>
    private static List<(Price, RandomPrice)> Card(Random random)
    {
        var matches = new List<Dictionary<string, string>> { new() };
        if (random.Next(2) == 0)
        {
            matches.Add(new() { ["model"] = "large" });
        }

        if (random.Next(2) == 0)
        {
            matches.Add(new() { ["model"] = "large", ["kind"] = "out" });
        }

        if (random.Next(2) == 0)
        {
            matches.Add(new() { ["model"] = "tiny" });
        }

        return matches.ConvertAll(match =>
        {
            var counted = RandomPrice.From(random);
            return (new Price($"p{string.Join('-', match.Values)}", "Price", "tokens", match, null, null, counted.Terms), counted);
        });
    }

    private static IReadOnlyList<Charge> Charges(List<Price> prices, IReadOnlyCollection<Used> events, Currency currency) =>
        ChargeSheet.Make([new BillingSegment(s_march, prices, true)], [[], Totals(events)], _ => s_tokens, s_march.Duration, currency);

    private static List<UsageTotal> Totals(IEnumerable<Used> events) =>
    [
        .. events.GroupBy(used => (used.Model, used.Kind)).Select(same => same
            .Select(used => new UsageTotal(s_tokens.Id, [used.Model, used.Kind], 1, used.Units, used.Units, used.Units, s_march.Start, null))
            .Aggregate((left, right) => left.Plus(right))),
    ];

    private static bool Takes(Price price, Used used) =>
        (!price.Match.TryGetValue("model", out var model) || model == used.Model) && (!price.Match.TryGetValue("kind", out var kind) || kind == used.Kind);

    private static long Oracle(decimal exact, Currency currency)
    {
        var scaled = exact * (decimal)Math.Pow(10, currency.Digits);
        var whole = decimal.Truncate(scaled);
        return (long)(Math.Abs(scaled - whole) >= 0.5m ? whole + Math.Sign(scaled) : whole);
    }

    private static IEnumerable<(string, decimal, decimal, long)> Figures(IEnumerable<Charge> charges) =>
        charges.Select(charge => (charge.Price.Key, charge.Quantity, charge.Exact, charge.Amount.Minor));

    private sealed record Used(string Model, string Kind, int Units);
}
