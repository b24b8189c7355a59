using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>Credits for an outage: what the hours cost by the code that bills, to the cent, and once.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task The_share_of_what_the_hours_cost_is_given_to_the_cent_with_included_units_used_up_in_order_of_time()
    {
        await using var system = await Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("0.333", included: 10)]);
        var idle = await system.Subscribe([PerToken("1")]);
        system.MoveTo("2026-03-13T00:00:00Z");
        await system.Use(customer, 8, "2026-03-12T09:59:59Z");
        await system.Use(customer, 5, "2026-03-12T10:00:00Z");
        await system.Use(customer, 4, "2026-03-12T13:50:00Z");
        await system.Use(customer, 100, "2026-03-12T14:05:00Z");

        // 9 tokens in these hours, 2 of them still included: 7 × 0.333 = 2.331, half of it 1.1655.
        var terms = Terms(customer.Key, idle.Key) with { End = Instant("2026-03-12T14:05:00Z"), Percent = 50 };
        var shares = await system.Get<OutageReader>().Preview(Actor.System, terms, default);
        Assert.Equal([(customer.Key, 2.331m, 117L), (idle.Key, 0m, 0L)], shares.Select(share => (share.Customer.Key, share.Cost, share.Amount.Minor)));
        Assert.Equal([9m], shares[0].Used.Select(used => used.Quantity));

        var outage = await system.Get<OutageWriter>().Apply(Actor.System, terms, default);
        var credit = Assert.Single(outage.Credits);
        Assert.Equal((customer.Id, "USD", 2.331m, 117L), (credit.CustomerId, credit.Currency, credit.Cost, credit.Amount));
        var grant = Assert.Single((await system.Get<CreditReader>().Of(Actor.System, customer.Key, default)).Grants);
        Assert.Equal((credit.GrantId, CreditKind.Promotional, "Errors on 12 March", 117L), (grant.Id, grant.Kind, grant.Name, grant.Left));
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task Applied_many_times_at_once_each_customer_is_given_credits_and_told_once()
    {
        await using var system = await Start("2026-03-01T00:00:00Z");
        var customers = await system.SubscribeMany(3, PerToken("2"));
        system.MoveTo("2026-03-13T00:00:00Z");
        foreach (var customer in customers)
        {
            await system.Use(customer, 3, "2026-03-12T11:00:00Z");
        }

        var all = Terms() with { All = true };
        await Task.WhenAll(Enumerable.Range(0, 6).Select(n => Task.Run(() => system.Get<OutageWriter>().Apply(Actor.System, n % 2 == 0 ? all : Terms(customers[0].Key), default))));

        await using var db = system.Database.CreateDbContext();
        Assert.Equal([600L, 600L, 600L], await db.CreditGrants.Select(grant => grant.Amount).ToListAsync());
        Assert.Equal(customers.Select(customer => customer.Email).Order(), (await db.Outbox.Where(mail => mail.Subject.Contains("12 March")).Select(mail => mail.To).ToListAsync()).Order());
        Assert.Equal(3, Assert.Single(await system.Get<OutageReader>().List(Actor.System, 10, default)).Credits.Count);
        await StandingRules.Hold(system);

        // Another name for some of the same hours is no way to be paid for them twice.
        var again = all with { Key = "another", Start = Instant("2026-03-12T10:30:00Z") };
        Assert.All(await system.Get<OutageReader>().Preview(Actor.System, again, default), share => Assert.Equal(("o-1", 0L), (share.Given, share.Amount.Minor)));
        Assert.Equal("nothing_to_give", (await Assert.ThrowsAsync<Refusal>(() => system.Get<OutageWriter>().Apply(Actor.System, again, default))).Code);
        Assert.Equal("other_outage", (await Assert.ThrowsAsync<Refusal>(() => system.Get<OutageWriter>().Apply(Actor.System, all with { Percent = 50 }, default))).Code);
    }

    [Fact]
    public async Task Nobody_chosen_is_nobody_and_hours_to_come_are_not_given_for()
    {
        await using var system = await Start("2026-03-12T12:00:00Z");
        var customer = await system.Subscribe([PerToken("2")]);

        Assert.Equal(["to", "customers"], await Paths(Terms()));
        Assert.Equal(["to", "customers"], await Paths(Terms(customer.Key) with { All = true }));
        Assert.Equal(["to", "percent", "customers[1]"], await Paths(Terms(customer.Key, "nobody") with { Percent = 101 }));

        async Task<IEnumerable<string>> Paths(OutageTerms terms) =>
            (await Assert.ThrowsAsync<InvalidInputException>(() => system.Get<OutageWriter>().Apply(Actor.System, terms, default))).Errors.Items.Select(error => error.Path);
    }

    private static OutageTerms Terms(params string[] customers) =>
        new("o-1", "Errors on 12 March", Instant("2026-03-12T10:00:00Z"), Instant("2026-03-12T14:00:00Z"), 100, false, customers);
}
