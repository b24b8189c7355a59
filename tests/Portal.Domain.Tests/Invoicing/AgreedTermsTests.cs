using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>Discounts, commitments and trials on the way from spend to invoice, walked through by the clock.</summary>
public sealed class AgreedTermsTests
{
    [Fact]
    public async Task A_discount_holds_for_its_periods_and_the_fee_ahead_belongs_to_the_next()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("20", "advance"), PerToken("1")]);
        await Agree(system, customer, [new Discount(50, null, 2)]);
        for (var month = 3; month <= 5; month++)
        {
            await system.WalkTo($"2026-{month:D2}-10T00:00:00Z");
            await system.Use(customer, 10);
        }

        await system.WalkTo("2026-06-02T00:00:00Z");
        Assert.Equal(
            [(2_000L, 1_000L, 1_000L), (3_000L, 1_500L, 1_500L), (3_000L, 500L, 2_500L), (3_000L, 0L, 3_000L)],
            (await system.Invoices(customer)).Select(invoice => (invoice.Subtotal, invoice.Discounted, invoice.Total)));
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task Spend_preview_and_invoice_say_the_same_with_a_commitment_and_discounts()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("20", "advance"), PerToken("0.07")]);
        await Agree(system, customer, [new Discount(12.5m, null, null), new Discount(null, 3, null)], new Commitment(100, BillingInterval.Month, 10));
        await system.WalkTo("2026-03-20T00:00:00Z");
        await system.Use(customer, 1_501);

        var spend = await system.Spend(customer);
        var preview = await system.Get<InvoiceReader>().Preview(Actor.System, customer.Key, CancellationToken.None);
        await system.WalkTo("2026-04-01T01:00:00Z");
        var invoices = await system.Invoices(customer);

        // 20.00 + 105.07: 25.07 above 100, of which 10 % are 2.51; then 12.5 % of 122.56 are 15.32, then 3.00.
        Assert.Equal((12_507, 251 + 1_532 + 300), (spend.Subtotal.Minor, spend.Discounted.Minor));
        var march = invoices.Select(invoice => (
            Lines: invoice.Lines.Where(line => line.PeriodStart < Instant("2026-04-01T00:00:00Z")).Sum(line => line.Amount),
            Off: invoice.Discounts.Where(discount => discount.PeriodStart < Instant("2026-04-01T00:00:00Z")).Sum(discount => discount.Amount))).ToList();
        Assert.Equal((spend.Subtotal.Minor, spend.Discounted.Minor), (march.Sum(part => part.Lines), march.Sum(part => part.Off)));
        Assert.Equal((preview.Subtotal, preview.Discounted, preview.Total), (invoices[1].Subtotal, invoices[1].Discounted, invoices[1].Total));
        Assert.Contains("10 % off usage above the commitment of $100.00", InvoiceDocument.Html(invoices[1], invoices[1].Parties!), StringComparison.Ordinal);
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task Late_usage_lowers_the_top_up_of_its_own_period()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1")]);
        await Agree(system, customer, [], new Commitment(100, BillingInterval.Month, 0));
        await system.Use(customer, 40);
        await system.WalkTo("2026-04-01T02:00:00Z");
        await system.Use(customer, 90, "2026-03-30T12:00:00Z");
        await system.Use(customer, 100);
        await system.WalkTo("2026-05-01T01:00:00Z");

        var invoices = await system.Invoices(customer);
        Assert.Equal([("tokens", 4_000L), ("Minimum commitment", 6_000L)], invoices[0].Lines.Select(line => (line.Description, line.Amount)));
        Assert.Equal(
            [("tokens", 10_000L), ("Late usage for March 2026: tokens", 9_000L), ("Minimum commitment of March 2026", -6_000L)],
            invoices[1].Lines.Select(line => (line.Description, line.Amount)));
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task An_end_inside_a_period_asks_for_its_share_of_the_commitment()
    {
        await using var system = await BillingSystem.Start("2026-04-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1")]);
        await Agree(system, customer, [], new Commitment(300, BillingInterval.Month, 0));
        await system.WalkTo("2026-04-10T00:00:00Z");
        await system.Use(customer, 30);
        await system.WalkTo("2026-04-11T00:00:00Z");
        await system.Get<CancellationWriter>().Cancel(Actor.System, customer.Key, SubscriptionTime.Now, CancellationToken.None);
        await system.WalkTo("2026-04-12T00:00:00Z");

        Assert.Equal(
            [("tokens", 3_000L), ("Minimum commitment", 7_000L)],
            Assert.Single(await system.Invoices(customer)).Lines.Select(line => (line.Description, line.Amount)));
    }

    [Fact]
    public async Task What_an_upgrade_gives_back_of_a_fee_gives_back_its_discount_too()
    {
        await using var system = await BillingSystem.Start("2026-04-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("30", "advance")]);
        await Agree(system, customer, [new Discount(10, null, null)]);
        await system.WalkTo("2026-04-11T00:00:00Z");
        await system.Get<CancellationWriter>().Cancel(Actor.System, customer.Key, SubscriptionTime.Now, CancellationToken.None);
        await system.WalkTo("2026-04-12T00:00:00Z");

        Assert.Equal([(3_000L, 300L, 2_700L), (-2_000L, -200L, -1_800L)], (await system.Invoices(customer)).Select(invoice => (invoice.Subtotal, invoice.Discounted, invoice.Total)));
    }

    [Fact]
    public async Task A_trial_says_what_it_would_have_cost_and_its_periods_are_not_counted()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1")]);
        await system.Change(customer, (_, subscription) =>
        {
            subscription.TrialEndsAt = Instant("2026-04-01T00:00:00Z");
            subscription.Phases[0].Discounts = [new Discount(10, null, 1) { Since = subscription.StartsAt }];
        });
        await system.WalkTo("2026-03-20T00:00:00Z");
        await system.Use(customer, 40);
        var trial = await system.Spend(customer);
        await system.WalkTo("2026-04-20T00:00:00Z");
        await system.Use(customer, 50);
        await system.WalkTo("2026-05-20T00:00:00Z");
        await system.Use(customer, 60);
        await system.WalkTo("2026-06-02T00:00:00Z");

        Assert.Equal((0, 4_000), (trial.Net.Minor, trial.Waived.Minor));
        Assert.Equal([0L, 4_500L, 6_000L], (await system.Invoices(customer)).Select(invoice => invoice.Total));
    }

    private static Task Agree(BillingSystem system, Customer customer, List<Discount> discounts, Commitment? commitment = null) =>
        system.Change(customer, (_, subscription) =>
        {
            subscription.Phases[0].Discounts = [.. discounts.Select(discount => discount with { Since = subscription.StartsAt })];
            subscription.Phases[0].Commitment = commitment;
        });
}
