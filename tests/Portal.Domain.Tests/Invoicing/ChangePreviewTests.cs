using System.Globalization;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>The money of a change, told before it and held to after it.</summary>
public sealed class ChangePreviewTests
{
    [Fact]
    public async Task An_upgrade_costs_at_once_what_its_preview_said_and_so_does_the_next_invoice()
    {
        await using var system = await BillingSystem.Start("2026-04-01T00:00:00Z");
        var customer = await On(system, "30", "90");
        await system.WalkTo("2026-04-05T00:00:00Z");
        await system.Use(customer, 12);
        await system.WalkTo("2026-04-11T00:00:00Z");

        var preview = await Preview(system, customer, new SubscriptionTerms("large"));
        Assert.Equal((2_000, 6_000, 4_000), (preview.Credit, preview.Charge, preview.DueNow));
        Assert.Equal((Instant("2026-04-11T00:00:00Z"), true), (preview.From, preview.IsNow));
        Assert.Equal((1_200 + 9_000, 1_200 + 3_000), (preview.Next.Total, preview.Without!.Total));
        Assert.Equal(["fee: $30.00 a month, in advance → $90.00 a month, in advance."], preview.Changes.Where(change => change.StartsWith("fee", StringComparison.Ordinal)));

        await system.Get<SubscriptionWriter>().Put(Actor.System, customer.Key, new SubscriptionTerms("large"), CancellationToken.None);
        await system.WalkTo("2026-05-02T00:00:00Z");
        var invoices = await system.Invoices(customer);
        Assert.Equal([3_000, preview.DueNow, preview.Next.Total], invoices.Select(invoice => invoice.Total));
        Assert.Equal(preview.Invoice!.Lines.Select(line => (line.Description, line.Amount)), invoices[1].Lines.Select(line => (line.Description, line.Amount)));
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task A_downgrade_waits_for_the_periods_end_and_gives_back_when_it_is_asked_for_now()
    {
        await using var system = await BillingSystem.Start("2026-04-01T00:00:00Z");
        var customer = await On(system, "90", "30");
        await system.WalkTo("2026-04-11T00:00:00Z");

        var waits = await Preview(system, customer, new SubscriptionTerms("large"));
        Assert.Equal((0, 0, 0, false), (waits.Credit, waits.Charge, waits.DueNow, waits.IsNow));
        Assert.Equal((Instant("2026-05-01T00:00:00Z"), 3_000, 9_000), (waits.From, waits.Next.Total, waits.Without!.Total));

        var forced = await Preview(system, customer, new SubscriptionTerms("large") { Change = SubscriptionTime.Now });
        Assert.Equal((6_000, 2_000, 0, true), (forced.Credit, forced.Charge, forced.DueNow, forced.IsNow));
        Assert.Equal(-6_000 + 2_000 + 3_000, forced.Next.Total);

        await system.Get<SubscriptionWriter>().Put(Actor.System, customer.Key, new SubscriptionTerms("large") { Change = SubscriptionTime.Now }, CancellationToken.None);
        await system.WalkTo("2026-05-02T00:00:00Z");
        Assert.Equal([9_000, forced.Next.Total], (await system.Invoices(customer)).Select(invoice => invoice.Total));
    }

    [Fact]
    public async Task A_start_tells_its_first_invoice_with_the_discount_and_the_share_of_a_short_first_period()
    {
        await using var system = await BillingSystem.Start("2026-04-16T00:00:00Z");
        await system.Subscribe([Fee("30", "advance")]);
        var customer = await Bare(system);

        var preview = await Preview(system, customer, new SubscriptionTerms("c1") { AnchorDay = 1, Discounts = [new Discount(10, null, null)] });

        Assert.Equal((0, 1_500, 1_350, 2_700), (preview.Credit, preview.Charge, preview.DueNow, preview.Next.Total));
        Assert.Null(preview.Without);
        Assert.Empty(await system.Invoices(customer));
    }

    [Fact]
    public async Task A_customer_changes_by_itself_between_cards_that_are_offered_and_nothing_else()
    {
        await using var system = await BillingSystem.Start("2026-04-01T00:00:00Z");
        var customer = await On(system, "30", "90", isOffered: true);
        var owner = new Actor("owner", customer.Id, Scopes.BillingRead | Scopes.BillingWrite, null, null);
        var writer = system.Get<SubscriptionWriter>();

        Assert.Equal(["large", "small"], system.Get<CatalogReader>().Offered(owner, customer.Key).Select(card => card.Key));
        Assert.Equal(90 * 100, (await Preview(system, customer, new SubscriptionTerms("large"), owner)).Charge);
        foreach (var terms in new[]
        {
            new SubscriptionTerms("large") { Version = 1 },
            new SubscriptionTerms("large") { Discounts = [new Discount(99, null, null)] },
            new SubscriptionTerms("large") { Overrides = [Fee("0")] },
            new SubscriptionTerms("large") { Change = SubscriptionTime.Now },
            new SubscriptionTerms("large") { TrialEndsAt = Instant("2027-04-01T00:00:00Z") },
            new SubscriptionTerms(customer.Key),
        })
        {
            Assert.Equal(RefusalKind.Forbidden, (await Assert.ThrowsAsync<Refusal>(() => writer.Put(owner, customer.Key, terms, CancellationToken.None))).Kind);
        }

        await writer.Put(owner, customer.Key, new SubscriptionTerms("large"), CancellationToken.None);
        await system.Change(customer, (_, subscription) => subscription.Phases.MaxBy(phase => phase.From)!.Commitment = new Commitment(10, BillingInterval.Month, 0));
        Assert.Equal(RefusalKind.Forbidden, (await Assert.ThrowsAsync<Refusal>(() => writer.Put(owner, customer.Key, new SubscriptionTerms("small"), CancellationToken.None))).Kind);
        Assert.Empty(system.Get<CatalogReader>().Offered(owner, customer.Key));
    }

    private static Task<ChangePreview> Preview(BillingSystem system, Customer customer, SubscriptionTerms terms, Actor? actor = null) =>
        system.Get<ChangePreviewReader>().Of(actor ?? Actor.System, customer.Key, terms, CultureInfo.GetCultureInfo("en-US"), CancellationToken.None);

    /// <summary>A customer on the card "small", beside which there is a card "large".</summary>
    private static async Task<Customer> On(BillingSystem system, string small, string large, bool isOffered = false)
    {
        await using (var db = system.Database.CreateDbContext())
        {
            foreach (var (key, fee) in new[] { ("small", small), ("large", large) })
            {
                var card = new RateCard { Key = key };
                var version = BillingSystem.Version(1, system.Clock.GetUtcNow(), "USD", [Fee(fee, "advance"), PerToken("1")]);
                card.Versions.Add(BillingSystem.Version(1, version.EffectiveFrom, version.Content with { SelfService = isOffered }));
                db.Add(card);
            }

            await db.SaveChangesAsync();
        }

        var customer = await Bare(system);
        await system.Get<SubscriptionWriter>().Put(Actor.System, customer.Key, new SubscriptionTerms("small"), CancellationToken.None);
        await system.WalkTo("2026-04-01T00:00:01Z");
        return customer;
    }

    private static async Task<Customer> Bare(BillingSystem system)
    {
        var customer = new Customer { Key = "bare", Name = "Bare", Email = "bare@example.com", Currency = "USD", CreatedAt = system.Clock.GetUtcNow() };
        await using var db = system.Database.CreateDbContext();
        db.Add(customer);
        await system.Get<Register>().Save(db, () => RegisterChange.Everything, CancellationToken.None);
        return customer;
    }
}
