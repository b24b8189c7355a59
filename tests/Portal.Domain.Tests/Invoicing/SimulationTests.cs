using System.Collections.Concurrent;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

public sealed class SimulationTests
{
    [Fact]
    public async Task A_draft_is_rated_on_closed_periods_and_on_the_running_one_which_is_named_so()
    {
        await using var system = await Start("2026-01-01T00:00:00Z");
        var acme = await system.Subscribe([PerToken("0.10"), Fee("5")]);
        await system.Use(acme, 100);
        await system.WalkTo("2026-02-10T12:00:00Z");
        await system.Use(acme, 40);
        await Draft(system, acme, PerToken("0.15"), Fee("4"));

        var simulated = await Run(system, new SimulationQuestion(acme.Key, 3));

        var one = Assert.Single(simulated.Customers);
        Assert.Equal([(false, 15.00m, 19.00m), (true, Running(40 * 0.10m, 5), Running(40 * 0.15m, 4))], one.Periods.Select(period => (period.IsRunning, period.Was.Amount, period.WouldBe.Amount)));
        Assert.Equal(one.Periods.Sum(period => period.WouldBe.Minor) - one.Periods.Sum(period => period.Was.Minor), one.Delta.Minor);
        Assert.Equal((1, 1, 0, 0), (simulated.Totals[0].Customers, simulated.Totals[0].PayMore, simulated.Totals[0].PayLess, simulated.Totals[0].Unchanged));
        Assert.Equal(one.Delta, simulated.Totals[0].Delta);
        var invoice = Assert.Single(await system.Invoices(acme));
        Assert.Equal(invoice.Subtotal, one.Periods[0].Was.Minor);

        var closedOnly = await Run(system, new SimulationQuestion(acme.Key, 3) { WithRunning = false });
        Assert.Equal((15.00m, 19.00m), (closedOnly.Customers[0].Was.Amount, closedOnly.Customers[0].WouldBe.Amount));

        // A fee in arrears is the whole period's, run down or not: as the live bar shows it.
        static decimal Running(decimal usage, decimal fee) => usage + fee;
    }

    [Fact]
    public async Task Nobody_is_left_out_silently()
    {
        await using var system = await Start("2026-02-01T00:00:00Z");
        var follower = await system.Subscribe([PerToken("1")]);
        await system.Use(follower, 3);
        var idle = await OnCardOf(system, follower, pinned: null);
        var pinned = await OnCardOf(system, follower, pinned: 1);
        var yen = await system.Subscribe([PerToken("1")], currency: "JPY");
        var other = await system.Subscribe([PerToken("2")]);
        await system.Use(other, 5);
        var nobody = await NoSubscription(system);
        system.MoveTo("2026-02-10T00:00:00Z");
        await Draft(system, follower, PerToken("3"));

        var onCard = await Run(system, new SimulationQuestion(follower.Key, 1));
        Assert.Equal([(follower.Key, 9m)], onCard.Customers.Select(one => (one.Customer.Key, one.WouldBe.Amount)));
        Assert.Equal(new[] { (idle.Key, "no_usage"), (pinned.Key, "pinned") }.Order(), onCard.Skipped.Select(one => (one.Customer.Key, one.Code)).Order());

        var all = await Run(system, new SimulationQuestion(follower.Key, 1) { Everyone = true });
        Assert.Equal([(follower.Key, 9m), (other.Key, 15m)], all.Customers.Select(one => (one.Customer.Key, one.WouldBe.Amount)));
        Assert.Equal(
            new[] { (idle.Key, "no_usage"), (nobody.Key, "no_subscription"), (pinned.Key, "no_usage"), (yen.Key, "other_currency") }.Order(),
            all.Skipped.Select(one => (one.Customer.Key, one.Code)).Order());
        Assert.All(all.Skipped, one => Assert.EndsWith(".", one.Reason, StringComparison.Ordinal));

        // Whoever is named is rated, pinned or not; and nobody named is nobody rated.
        Assert.Equal("no_usage", Assert.Single((await Run(system, new SimulationQuestion(follower.Key, 1) { Customers = [pinned.Key] })).Skipped).Code);
        Assert.Empty((await Run(system, new SimulationQuestion(follower.Key, 1) { Customers = [] })).Customers);
    }

    [Fact]
    public async Task A_closed_period_is_held_to_the_cap_that_it_was_invoiced_with_and_the_running_one_to_that_of_now()
    {
        await using var system = await Start("2026-01-01T00:00:00Z");
        var acme = await system.Subscribe([PerToken("1")]);
        await Cap(system, acme, 10);
        await system.Use(acme, 100);
        await system.WalkTo("2026-02-05T00:00:00Z");
        await Cap(system, acme, 50);
        await system.Use(acme, 100);
        await Draft(system, acme, PerToken("0.30"));

        var one = Assert.Single((await Run(system, new SimulationQuestion(acme.Key, 1))).Customers);

        Assert.Equal([(10m, 10m), (50m, 30m)], one.Periods.Select(period => (period.Was.Amount, period.WouldBe.Amount)));
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused_with_its_field()
    {
        await using var system = await Start("2026-02-01T00:00:00Z");
        var acme = await system.Subscribe([PerToken("1")]);

        async Task<string> Refused(SimulationQuestion question) =>
            (await Assert.ThrowsAsync<InvalidInputException>(() => Run(system, question))).Errors.Items[0].Path;

        Assert.Equal("months", await Refused(new SimulationQuestion(acme.Key, 0)));
        Assert.Equal("months", await Refused(new SimulationQuestion(acme.Key, 13)));
        Assert.Equal("customers[1]", await Refused(new SimulationQuestion(acme.Key, 1) { Customers = [acme.Key, "nobody"] }));
        Assert.Equal(RefusalKind.NotFound, (await Assert.ThrowsAsync<Refusal>(() => Run(system, new SimulationQuestion("no-card", 1)))).Kind);
        var member = Actor.OfMember("eve@example.com", acme.Id, MemberRole.Owner);
        Assert.Equal(RefusalKind.Forbidden, (await Assert.ThrowsAsync<Refusal>(() => system.Get<SimulationReader>().Run(member, new SimulationQuestion(acme.Key, 1), null, default))).Kind);

        // A draft may be half done; it cannot be rated until it is not.
        await Draft(system, acme, PerToken("1"), PerToken("2", key: "again"));
        Assert.Equal("prices[1].match", await Refused(new SimulationQuestion(acme.Key, 1)));
    }

    [Fact]
    public async Task It_tells_how_far_it_is_and_stops_when_asked_to()
    {
        await using var system = await Start("2026-02-01T00:00:00Z");
        var many = await system.SubscribeMany(120, PerToken("1"));
        await system.Use(many[7], 2);
        system.MoveTo("2026-02-10T00:00:00Z");
        var card = system.Get<Register>().Now.Cards[0].Key;

        var told = new Told();
        var simulated = await system.Get<SimulationReader>().Run(Actor.System, new SimulationQuestion(card, 1), told, default);
        Assert.Equal(3, told.Steps.Count);
        Assert.Equal((120, 120), (told.Steps.Max(step => step.Done), told.Steps.Max(step => step.All)));
        Assert.Equal((1, 119), (simulated.Customers.Count, simulated.Skipped.Count));

        using var stop = new CancellationTokenSource();
        var stopping = new Told { Then = stop.Cancel };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => system.Get<SimulationReader>().Run(Actor.System, new SimulationQuestion(card, 1), stopping, stop.Token));
    }

    [Fact]
    public async Task Usage_of_many_customers_at_once_is_what_each_ones_own_reading_says()
    {
        await using var system = await Start("2026-02-01T00:00:00Z");
        await using (var db = system.Database.CreateDbContext())
        {
            db.Meters.Add(new Meter
            {
                Key = "level", Name = "Level", EventType = "llm", Aggregation = Aggregation.Latest, ValueProperty = "tokens",
                GroupBy = [], Filter = [], Unit = "seat", CreatedAt = system.Clock.GetUtcNow(),
            });
            await system.Get<Register>().Save(db, () => RegisterChange.Everything, default);
        }

        system.MoveTo("2026-02-20T00:00:00Z");
        var random = new Random(20260220);
        var customers = await system.SubscribeMany(4, PerToken("1"));
        foreach (var customer in customers.Take(3))
        {
            for (var n = 0; n < 25; n++)
            {
                await system.Use(customer, random.Next(-5, 50), $"2026-02-{random.Next(1, 19):00}T{random.Next(24):00}:{random.Next(60):00}:00Z", model: $"m{random.Next(3)}");
            }
        }

        UsageSpan Span(Customer customer, string from, string to) => new(customer.Id, Instant(from), Instant(to));
        UsageSpan[] wanted =
        [
            .. customers.Select(customer => Span(customer, "2026-02-01T00:00:00Z", "2026-02-20T00:00:00Z")),
            .. customers.Select(customer => Span(customer, "2026-02-03T10:15:00Z", "2026-02-11T05:30:00Z")),
            .. customers.Select(customer => Span(customer, "2026-02-03T10:07:13Z", "2026-02-11T05:31:00Z")),
            Span(customers[0], "2026-02-05T00:00:00Z", "2026-02-05T00:00:00Z"),
        ];
        await using var moment = await system.Get<UsageReader>().Snapshot(default);
        await system.Get<UsageSpans>().Fetch(moment, wanted, default);

        foreach (var span in wanted)
        {
            var own = await system.Get<UsageReader>().Totals(span.CustomerId, span.From, span.To, default);
            var together = await moment.Totals(span.CustomerId, span.From, span.To, default);
            Assert.Equal(Words(own), Words(together));
        }

        // Single values are read for many only where a meter asks for one.
        static IEnumerable<string> Words(IEnumerable<UsageTotal> totals) => totals
            .Select(total => $"{total.MeterId} {string.Join(",", total.Group)} {total.Events} {total.Sum:0.##} "
                + (total.Last is null ? "" : $"{total.Min:0.##} {total.Max:0.##} {total.LastAt:O} {total.Last:0.##}")).Order();
    }

    private static Task<Simulation> Run(BillingSystem system, SimulationQuestion question) =>
        system.Get<SimulationReader>().Run(Actor.System, question, null, CancellationToken.None);

    private static async Task Draft(BillingSystem system, Customer customer, params Price[] prices)
    {
        var card = system.Get<Register>().Now.Card(customer.Key)!;
        await system.Get<RateCardWriter>().Put(Actor.System, card.Key, card.Newest() with { Prices = prices }, CancellationToken.None);
    }

    private static async Task Cap(BillingSystem system, Customer customer, decimal amount) =>
        await system.Get<LimitWriter>().Set(Actor.System, customer.Key, new LimitTerms(amount), CancellationToken.None);

    private static async Task<Customer> OnCardOf(BillingSystem system, Customer other, int? pinned)
    {
        var customer = await NoSubscription(system);
        await system.Get<SubscriptionWriter>().Put(
            Actor.System, customer.Key, new SubscriptionTerms(other.Key) { Version = pinned, AnchorDay = 1 }, CancellationToken.None);
        return customer;
    }

    private static async Task<Customer> NoSubscription(BillingSystem system)
    {
        await using var db = system.Database.CreateDbContext();
        var key = $"bare-{Guid.NewGuid():N}";
        var customer = new Customer { Key = key, Name = $"Customer {key}", Email = "bare@example.com", Currency = "USD", CreatedAt = system.Clock.GetUtcNow() };
        db.Add(customer);
        await system.Get<Register>().Save(db, () => RegisterChange.Everything, CancellationToken.None);
        return customer;
    }

    private sealed class Told : IProgress<SimulationProgress>
    {
        public ConcurrentBag<SimulationProgress> Steps { get; } = [];

        public Action Then { get; init; } = () => { };

        public void Report(SimulationProgress value)
        {
            Steps.Add(value);
            Then();
        }
    }
}
