using System.Globalization;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Rating;
using Portal.Domain.Storage;
using Portal.Domain.Tests.Rating;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>Invoice = live bar = preview = simulation, to the cent, for random cards and usage: a failure names its seed.</summary>
public sealed class OneFigureTests
{
    private static readonly string[] s_models = ["large", "small", "tiny", "unlisted"];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 8)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task The_invoice_bills_what_bar_preview_and_simulation_showed(int seed)
    {
        var random = new Random(seed);
        var currency = new[] { "USD", "JPY", "KWD" }[seed % 3];
        await using var system = await Start("2026-02-01T00:00:00Z");
        var (before, after) = (Card(random), Card(random));

        // The same usage on both cards: what the first would be charged under the second's is what the second is charged.
        var was = await system.Subscribe(before, currency: currency);
        var wouldBe = await system.Subscribe(after, currency: currency);
        system.MoveTo("2026-02-24T00:00:00Z");
        for (var n = random.Next(0, 30); n > 0; n--)
        {
            var (tokens, model) = (random.Next(-200, 2_000) / 100m, s_models[random.Next(s_models.Length)]);
            var time = string.Create(CultureInfo.InvariantCulture, $"2026-02-{random.Next(1, 24):00}T{random.Next(24):00}:{random.Next(60):00}:00Z");
            await system.Use(was, tokens, time, model);
            await system.Use(wouldBe, tokens, time, model);
        }

        if (random.Next(3) == 0)
        {
            var cap = new LimitTerms(random.Next(1, 80));
            await system.Get<LimitWriter>().Set(Actor.System, was.Key, cap, default);
            await system.Get<LimitWriter>().Set(Actor.System, wouldBe.Key, cap, default);
        }

        var card = system.Get<Register>().Now.Card(was.Key)!;
        var draft = card.Newest() with { Prices = after };
        var bar = (await system.Spend(was)).Subtotal;
        var barUnderDraft = (await system.Spend(wouldBe)).Subtotal;
        var preview = await system.Get<SpendReader>().Under(Actor.System, was.Key, draft, default);
        Assert.Equal((bar, barUnderDraft), (preview.Was.Subtotal, preview.WouldBe.Subtotal));

        await system.Get<RateCardWriter>().Put(Actor.System, card.Key, draft, default);
        await SimulatesTo(isRunning: true);

        await system.WalkTo("2026-03-02T00:00:00Z");
        Assert.Equal(bar.Minor, await Invoiced(was));
        Assert.Equal(barUnderDraft.Minor, await Invoiced(wouldBe));
        await SimulatesTo(isRunning: false);

        async Task SimulatesTo(bool isRunning)
        {
            var simulated = await system.Get<SimulationReader>().Run(Actor.System, new SimulationQuestion(card.Key, 1) { Customers = [was.Key] }, null, default);
            var periods = simulated.Customers.SelectMany(one => one.Periods).Where(period => period.Period.Start == Instant("2026-02-01T00:00:00Z")).ToList();
            if (periods is [var february])
            {
                Assert.Equal((bar, barUnderDraft, isRunning), (february.Was, february.WouldBe, february.IsRunning));
            }
            else
            {
                // Nothing was used and nothing is owed: it is named instead.
                Assert.Equal((0, 0, "no_usage"), (bar.Minor, barUnderDraft.Minor, Assert.Single(simulated.Skipped).Code));
            }
        }

        async Task<long> Invoiced(Customer customer) => (await system.Invoices(customer))
            .SelectMany(invoice => invoice.Lines).Where(line => line.PeriodStart < Instant("2026-03-01T00:00:00Z")).Sum(line => line.Amount);
    }

    internal static List<Price> Card(Random random)
    {
        var prices = new List<Price>();
        for (var n = random.Next(0, 3); n > 0; n--)
        {
            prices.Add(new Price($"model-{n}", $"Model {n}", "tokens", new Dictionary<string, string> { ["model"] = s_models[n - 1] }, null, null, RandomPrice.From(random).Terms));
        }

        prices.Add(new Price("rest", "Rest", "tokens", new Dictionary<string, string>(), null, null, RandomPrice.From(random).Terms));
        if (random.Next(2) == 0)
        {
            prices.Add(new Price("fee", "Fee", null, new Dictionary<string, string>(), random.Next(2) == 0 ? Price.Advance : Price.Arrears, null,
                new PriceTerms(new FlatRate(random.Next(0, 3_000) / 100m))));
        }

        return prices;
    }
}
