using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Metering;
using Portal.Domain.Rating;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>Percentages with something free at first or bounds for each event: what the spend says is what rating event by event says.</summary>
public sealed class EachValueTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_percentage_comes_to_what_its_events_come_to_one_by_one(int seed)
    {
        var random = new Random(seed);
        await using var system = await Start("2026-02-01T00:00:00Z");
        var cards = Enumerable.Range(0, 6).Select(_ => (First: Terms(random), Then: Terms(random), Other: Terms(random))).ToList();
        var cut = Instant("2026-02-10T09:07:30Z");
        var customers = new List<(Customer Customer, List<(DateTimeOffset Time, decimal Value, string Model)> Events)>();
        foreach (var card in cards)
        {
            customers.Add((await system.Subscribe([Price("a", card.First, "a"), Price("rest", card.Other)],
                publish: made => made.Versions.Add(Version(2, cut, "USD", [Price("a", card.Then, "a"), Price("rest", card.Other)]))), []));
        }

        system.MoveTo("2026-02-20T00:00:00Z");
        for (var round = 0; round < 2; round++)
        {
            foreach (var (customer, events) in customers)
            {
                // Most of them close together, so that allowances end inside a quarter-hour and a cut has events at both sides; late and out of order.
                var ids = new List<string>();
                for (var n = random.Next(8, 20); n > 0; n--)
                {
                    var time = random.Next(3) == 0 ? Instant("2026-02-02T00:00:00Z").AddSeconds(random.Next(1_500_000)) : cut.AddSeconds(random.Next(-2_000, 2_000));
                    var (value, model) = (random.Next(-500, 9_000) / 100m, random.Next(3) == 0 ? "b" : "a");
                    ids.Add(await system.Use(customer, value, time.ToString("O"), model));
                    events.Add((time, value, model));
                }

                await system.Get<VoidWriter>().Void(Actor.System, customer.Key, ids[^1], "a test", default);
                events.RemoveAt(events.Count - 1);
            }

            foreach (var ((customer, events), card) in customers.Zip(cards))
            {
                var spend = await system.Spend(customer);
                var before = Rated(card.Then, events.Where(item => item.Time < cut && item.Model == "a"));
                var expected = new[]
                {
                    ("a", Rated(card.First, events.Where(item => item.Time < cut && item.Model == "a"))),
                    ("a", Rated(card.Then, events.Where(item => item.Model == "a")) - before),
                    ("rest", Rated(card.Other, events.Where(item => item.Model == "b"))),
                };
                foreach (var (key, sum) in expected.GroupBy(line => line.Item1, (key, lines) => (key, lines.Sum(line => line.Item2))))
                {
                    var found = spend.Charges.Where(charge => charge.Price.Key == key).Sum(charge => charge.Exact);
                    Assert.True(sum == found, $"Seed {seed}, round {round}: {key} of {customer.Key} is {found} and not {sum}: {card}");
                }
            }
        }

        // The invoice bills what was shown.
        var shown = new List<long>();
        foreach (var (customer, _) in customers)
        {
            shown.Add((await system.Spend(customer)).Charges.Sum(charge => charge.Amount.Minor));
        }

        await system.WalkTo("2026-03-02T00:00:00Z");
        foreach (var ((customer, _), amount) in customers.Zip(shown))
        {
            Assert.Equal(amount, (await system.Invoices(customer)).SelectMany(invoice => invoice.Lines).Sum(line => line.Amount));
        }
    }

    private static decimal Rated(PriceTerms terms, IEnumerable<(DateTimeOffset Time, decimal Value, string Model)> events) =>
        Rater.Rate(terms, RatedUsage.OfValues(events.OrderBy(item => item.Time).ThenBy(item => item.Value).Select(item => item.Value))).Exact;

    private static PriceTerms Terms(Random random)
    {
        decimal Cents(int most) => random.Next(0, most) / 100m;
        var least = random.Next(2) == 0 ? Cents(200) : (decimal?)null;
        return new PriceTerms(
            new PercentageRate(
                Cents(900), random.Next(2) == 0 ? Cents(60) : 0, random.Next(2) == 0 ? random.Next(0, 12) : null, random.Next(2) == 0 ? Cents(60_000) : null,
                least, random.Next(2) == 0 ? (least ?? 0) + Cents(400) : null),
            Included: random.Next(4) == 0 ? Cents(20_000) : 0);
    }

    private static Price Price(string key, PriceTerms terms, string? model = null) => new(
        key, key, "tokens", model is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["model"] = model }, null, null, terms);
}
