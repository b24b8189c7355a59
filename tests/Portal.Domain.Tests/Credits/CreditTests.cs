using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Tests.Invoicing;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Credits;

/// <summary>T-27: credits are used in order, expire, and never go below zero; granted = used + expired + left.</summary>
public sealed class CreditTests
{
    private static readonly DateTimeOffset s_now = Instant("2026-03-01T00:00:00Z");

    [Fact]
    public void The_soonest_to_expire_goes_first_then_the_lower_number_then_the_oldest_each_for_what_it_applies_to()
    {
        CreditGrant[] grants =
        [
            Grant("old", 10), Grant("young", 10, granted: 5), Grant("first", 10, priority: 1), Grant("soon", 10, expires: 3), Grant("gone", 10, expires: 0),
            Grant("images", 10, expires: 1, appliesTo: "images"), Grant("prepaid", 10, kind: CreditKind.Prepaid),
        ];
        long[] amounts = [7, 30];
        var uses = Burndown.Take(grants, CreditKind.Promotional, ["images", "tokens"], amounts, s_now);

        Assert.Equal(["images 7", "soon 10", "first 10", "old 10"], uses.Select(use => $"{use.Grant.Name} {use.Amount}"));
        Assert.Equal([0L, 0L], amounts);
    }

    [Fact]
    public async Task Promotional_credits_lower_what_is_taxed_and_prepaid_ones_pay_the_total()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")], currency: "EUR", terms: new BillingTerms(null, BillingTerms.Send, 14));
        await system.Get<TaxRateWriter>().Put(Actor.System, [new TaxRate { Country = "DE", Name = "VAT", Percent = 19 }], CancellationToken.None);
        await using var db = system.Database.CreateDbContext();
        await db.Customers.ExecuteUpdateAsync(all => all.SetProperty(one => one.Country, "DE"));
        await system.Get<Register>().Apply(RegisterChange.Everything, CancellationToken.None);
        await Give(system, customer, 20, CreditKind.Promotional);
        await Give(system, customer, 50, CreditKind.Prepaid);
        var preview = await system.Get<InvoiceReader>().Preview(Actor.System, customer.Key, CancellationToken.None);
        await system.WalkTo("2026-04-01T01:00:00Z");

        var invoice = Assert.Single(await system.Invoices(customer));
        Assert.Equal((10_000L, 2_000L, 1_520L, 9_520L), (invoice.Subtotal, invoice.Credits, invoice.Tax, invoice.Total));
        Assert.Equal((5_000L, 4_520L, InvoiceStatus.Finalized), (invoice.Prepaid, invoice.Due, invoice.Status));
        Assert.Equal((invoice.Credits, invoice.Total, invoice.Prepaid, invoice.Due), (preview.Credits, preview.Total, preview.Prepaid, preview.Due));
        await MustAddUp(system);
    }

    [Fact]
    public async Task An_invoice_that_prepaid_credits_pay_in_full_is_paid_and_nothing_is_charged()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")]);
        await Give(system, customer, 250, CreditKind.Prepaid);
        await system.WalkTo("2026-06-01T01:00:00Z");

        Assert.Equal([InvoiceStatus.Paid, InvoiceStatus.Paid, InvoiceStatus.Finalized], (await system.Invoices(customer)).Select(invoice => invoice.Status));
        Assert.Equal([10_000L, 10_000L, 5_000L], (await system.Invoices(customer)).Select(invoice => invoice.Prepaid));
        await MustAddUp(system);
    }

    [Fact]
    public async Task A_periods_spend_keeps_what_its_own_invoice_has_used()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100", "advance")]);
        await Give(system, customer, 30, CreditKind.Promotional);
        await Give(system, customer, 50, CreditKind.Prepaid);
        await system.WalkTo("2026-03-02T00:00:00Z");

        var invoice = Assert.Single(await system.Invoices(customer));
        var spend = await system.Get<SpendReader>().Current(Actor.System, customer.Key, CancellationToken.None);
        var plan = await system.Get<InvoiceReader>().PlanOf(spend, customer, CancellationToken.None);
        Assert.Equal((3_000L, 7_000L, 5_000L), (invoice.Credits, invoice.Total, invoice.Prepaid));
        Assert.Equal((invoice.Credits, invoice.Total, invoice.Prepaid), (plan.Credits, plan.Total, plan.Paid));
    }

    [Fact]
    public async Task What_expires_pays_for_what_was_used_before_and_the_rest_is_lost_in_its_instant()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1")], terms: new BillingTerms(null, BillingTerms.Send, 14));
        await Give(system, customer, 30, CreditKind.Prepaid, "2026-03-20T00:00:00Z");
        await Give(system, customer, 40, CreditKind.Promotional, "2026-03-25T00:00:00Z");
        await Give(system, customer, 10, CreditKind.Promotional);
        await system.Use(customer, 25);
        await system.WalkTo("2026-03-26T00:00:00Z");
        await system.Use(customer, 50);
        await system.WalkTo("2026-04-01T01:00:00Z");

        var invoice = Assert.Single(await system.Invoices(customer));
        Assert.Equal((3_500L, 0L, 4_000L), (invoice.Credits, invoice.Prepaid, invoice.Due));
        var stand = await system.Get<CreditReader>().Of(Actor.System, customer.Key, CancellationToken.None);
        Assert.Equal(
            [(1_500L, Instant("2026-03-25T00:00:00Z")), (3_000L, Instant("2026-03-20T00:00:00Z"))],
            stand.Moves.Where(move => move.Kind == CreditMoveKind.Expired).Select(move => (move.Amount, move.At)));
        await MustAddUp(system);
    }

    [Theory]
    [InlineData("2026-04-01T00:00:00Z", 7_000, 3_000)]
    [InlineData("2026-03-31T23:59:59Z", 7_000, 3_000)]
    [InlineData("2026-03-01T00:00:01Z", 0, 10_000)]
    public async Task What_expires_at_the_border_of_a_period_pays_that_period_and_not_the_next(string expires, long paid, long lost)
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1")], terms: new BillingTerms(null, BillingTerms.Send, 14));
        await Give(system, customer, 100, CreditKind.Prepaid, expires);
        await system.WalkTo("2026-03-20T00:00:00Z");
        await system.Use(customer, 70);
        await system.WalkTo("2026-04-01T00:30:00Z");
        await system.Use(customer, 20);
        Assert.Equal(0, (await system.Get<CreditBalanceReader>().Of(system.Get<Register>().Now.ById[customer.Id], await system.Spend(customer), CancellationToken.None)).Live.Minor);
        await system.WalkTo("2026-05-01T02:00:00Z");

        Assert.Equal([paid, 0L], (await system.Invoices(customer)).Select(invoice => invoice.Prepaid));
        var stand = await system.Get<CreditReader>().Of(Actor.System, customer.Key, CancellationToken.None);
        Assert.Equal((lost, 0L), (stand.Moves.Where(move => move.Kind == CreditMoveKind.Expired).Sum(move => move.Amount), stand.Grants.Sum(grant => grant.Left)));
        await MustAddUp(system);
    }

    [Fact]
    public async Task Many_invoices_at_once_draw_a_grant_down_to_nothing_and_not_below()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customers = await system.SubscribeMany(20, Fee("7"));
        foreach (var customer in customers)
        {
            await Give(system, customer, 5, CreditKind.Prepaid);
        }

        system.MoveTo("2026-04-01T02:00:00Z");
        await system.Get<InvoiceRun>().Run(CancellationToken.None);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => system.Get<FinalizeRun>().Run(CancellationToken.None))));

        await using var db = system.Database.CreateDbContext();
        Assert.All(await db.CreditGrants.ToListAsync(), grant => Assert.Equal(0, grant.Left));
        await MustAddUp(system);
    }

    private static async Task MustAddUp(BillingSystem system)
    {
        await using var db = system.Database.CreateDbContext();
        var moves = (await db.CreditMoves.ToListAsync()).ToLookup(move => (move.GrantId, move.Kind), move => move.Amount);
        foreach (var grant in await db.CreditGrants.ToListAsync())
        {
            Assert.Equal(grant.Amount, moves[(grant.Id, CreditMoveKind.Granted)].Single());
            Assert.Equal(grant.Amount, grant.Left + moves[(grant.Id, CreditMoveKind.Used)].Sum() + moves[(grant.Id, CreditMoveKind.Expired)].Sum());
        }

        await StandingRules.Hold(system);
    }

    private static Task<CreditGrant> Give(BillingSystem system, Customer customer, decimal amount, CreditKind kind, string? expires = null) =>
        system.Get<CreditWriter>().Grant(
            Actor.System, customer.Key, new CreditTerms(amount, kind, CreditGrant.PriorityDefault, expires is null ? null : Instant(expires), [], null), CancellationToken.None);

    private static CreditGrant Grant(string name, long amount, int? expires = null, int priority = 50, int granted = 0, string? appliesTo = null, CreditKind kind = CreditKind.Promotional) => new()
    {
        CustomerId = 1, Kind = kind, Name = name, Currency = "USD", Amount = amount, Left = amount, Priority = priority,
        ExpiresAt = expires is { } days ? s_now.AddDays(days) : null, AppliesTo = appliesTo is null ? [] : [appliesTo],
        GrantedAt = s_now.AddDays(-10 + granted), GrantedBy = "test",
    };
}
