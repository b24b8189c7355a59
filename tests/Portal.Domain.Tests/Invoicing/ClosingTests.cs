using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>How a period becomes an invoice, walked through by the clock. T-46: what comes late stands on the next one, and the first stays as it is.</summary>
public sealed class ClosingTests
{
    [Fact]
    public async Task A_period_is_drafted_when_it_ends_and_issued_an_hour_later_with_the_figures_of_the_spend()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("0.01"), Fee("5")]);
        await system.WalkTo("2026-03-20T00:00:00Z");
        await system.Use(customer, 1_234);
        var spend = await system.Spend(customer);
        var preview = await system.Get<InvoiceReader>().Preview(Actor.System, customer.Key, CancellationToken.None);

        await system.WalkTo("2026-04-01T00:00:05Z");
        var draft = Assert.Single(await system.Invoices(customer));
        Assert.Equal((InvoiceStatus.Draft, null, null), (draft.Status, draft.Number, draft.IssuedAt));

        await system.WalkTo("2026-04-01T01:00:00Z");
        var invoice = Assert.Single(await system.Invoices(customer));
        Assert.Equal((InvoiceStatus.Finalized, "INV-000001"), (invoice.Status, invoice.Number));
        Assert.Equal(Instant("2026-04-01T01:00:00Z"), invoice.IssuedAt);
        Assert.Equal(Instant("2026-04-15T01:00:00Z"), invoice.DueAt);
        Assert.Equal((1734, 1734), (invoice.Total, spend.Subtotal.Minor));
        Assert.Equal(
            spend.Charges.Select(charge => (charge.Price.Key, charge.Quantity, charge.Amount.Minor)),
            invoice.Lines.Select(line => (line.PriceKey!, line.Quantity, line.Amount)));
        Assert.Equal(
            preview.Lines.Select(line => (line.Description, line.Quantity, line.Amount)),
            invoice.Lines.Select(line => (line.Description, line.Quantity, line.Amount)));
    }

    [Fact]
    public async Task Events_that_come_within_the_grace_join_the_draft()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1")]);
        await system.Use(customer, 1);
        await system.WalkTo("2026-04-01T00:30:00Z");
        await system.Use(customer, 10, "2026-03-31T23:59:59Z");
        await system.Use(customer, 100, "2026-04-01T00:00:00Z");
        await system.WalkTo("2026-04-01T01:00:00Z");

        Assert.Equal(1_100, Assert.Single(await system.Invoices(customer)).Total);
    }

    [Fact]
    public async Task Late_usage_goes_on_the_next_invoice_rated_in_its_own_period_and_leaves_the_first_as_it_was()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1", included: 10)]);
        await system.Use(customer, 8);
        await system.WalkTo("2026-04-01T02:00:00Z");
        var first = Assert.Single(await system.Invoices(customer));
        await system.Use(customer, 5, "2026-03-30T12:00:00Z");
        await system.Use(customer, 11);
        await system.WalkTo("2026-05-01T01:00:00Z");

        var invoices = await system.Invoices(customer);
        Assert.Equal((InvoiceStatus.Paid, 0), (first.Status, first.Total));
        Assert.Equivalent(first.Lines, invoices[0].Lines, strict: true);
        Assert.Equal(first.UsageVersion, invoices[0].UsageVersion);
        Assert.Equal(
            [("tokens", 11m, 100L), ("Late usage for March 2026: tokens", 5m, 300L)],
            invoices[1].Lines.Select(line => (line.Description, line.Quantity, line.Amount)));
        Assert.Equal(Instant("2026-03-01T00:00:00Z"), invoices[1].Lines[1].PeriodStart);

        await system.WalkTo("2026-06-01T01:00:00Z");
        Assert.Equal(2, (await system.Invoices(customer)).Count(invoice => invoice.Number is not null));
    }

    [Fact]
    public async Task A_period_without_anything_to_bill_makes_no_invoice_and_its_late_usage_is_billed_all_the_same()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1")]);
        await system.WalkTo("2026-04-01T02:00:00Z");
        Assert.Empty(await system.Get<InvoiceReader>().List(Actor.System, new InvoiceQuery(customer.Key, null, null, Guid.Empty, 10), CancellationToken.None));

        await system.Use(customer, 5, "2026-03-30T12:00:00Z");
        await system.WalkTo("2026-05-01T01:00:00Z");
        var invoice = Assert.Single(await system.Get<InvoiceReader>().List(Actor.System, new InvoiceQuery(customer.Key, null, null, Guid.Empty, 10), CancellationToken.None));
        Assert.Equal(("INV-000001", 500), (invoice.Number, invoice.Total));
    }

    [Fact]
    public async Task A_fee_in_advance_is_billed_at_the_start_and_then_on_the_invoice_before_its_period()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("20", "advance"), PerToken("1")]);
        await system.WalkTo("2026-03-01T00:00:01Z");
        await system.Use(customer, 3);
        Assert.Equal(2_300, (await system.Spend(customer)).Subtotal.Minor);
        await system.WalkTo("2026-05-02T00:00:00Z");

        var invoices = await system.Invoices(customer);
        Assert.Equal(
            [(InvoiceKind.OneOff, 2_000L, "fee 2026-03-01"), (InvoiceKind.Period, 2_300L, "tokens 2026-03-01, fee 2026-04-01"), (InvoiceKind.Period, 2_000L, "fee 2026-05-01")],
            invoices.Select(invoice => (invoice.Kind, invoice.Total, string.Join(", ", invoice.Lines.Select(line => $"{line.Description} {line.PeriodStart:yyyy-MM-dd}")))));
    }

    [Fact]
    public async Task An_upgrade_bills_the_difference_of_a_fee_in_advance_at_once()
    {
        await using var system = await BillingSystem.Start("2026-04-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("30", "advance", "small")]);
        await system.WalkTo("2026-04-11T00:00:00Z");
        await system.Change(customer, (db, subscription) =>
        {
            var card = new RateCard { Key = "large" };
            card.Versions.Add(BillingSystem.Version(1, system.Clock.GetUtcNow(), "USD", [Fee("90", "advance", "large")]));
            db.Add(card);
            db.SaveChanges();
            subscription.Phases.Add(new SubscriptionPhase { From = system.Clock.GetUtcNow(), RateCardId = card.Id });
            subscription.BillAt = null;
        });
        await system.WalkTo("2026-05-01T01:00:00Z");

        Assert.Equal(
            ["small 3000", "small, unused time -2000; large 6000", "large 9000"],
            (await system.Invoices(customer)).Select(invoice => string.Join("; ", invoice.Lines.Select(line => $"{line.Description} {line.Amount}"))));
    }

    [Fact]
    public async Task A_subscription_that_ends_closes_its_last_period_there_and_gives_back_what_was_paid_ahead()
    {
        await using var system = await BillingSystem.Start("2026-04-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("30", "advance"), PerToken("1")]);
        await system.WalkTo("2026-04-11T00:00:00Z");
        await system.Use(customer, 5);
        await system.Change(customer, (_, subscription) => subscription.EndsAt = Instant("2026-04-16T00:00:00Z"));
        await system.WalkTo("2026-08-01T00:00:00Z");

        var invoices = await system.Invoices(customer);
        Assert.Equal(2, invoices.Count);
        Assert.Equal(Instant("2026-04-16T00:00:00Z"), invoices[1].PeriodEnd);
        Assert.Equal((InvoiceKind.CreditNote, "CN-000001", -1_000), (invoices[1].Kind, invoices[1].Number, invoices[1].Total));
        Assert.Equal(["fee, unused time -1500", "tokens 500"], invoices[1].Lines.Select(line => $"{line.Description} {line.Amount}"));

        // The credit note pays a part of the first invoice, which was still open.
        Assert.Equal((1_000, 2_000, InvoiceStatus.Finalized), (invoices[0].Paid, invoices[0].Due, invoices[0].Status));
        Assert.Equal((0, InvoiceStatus.Paid), (invoices[1].Due, invoices[1].Status));
    }

    [Theory]
    [InlineData("JPY", "0.4", 10, 4)]
    [InlineData("USD", "0.015", 1, 2)]
    [InlineData("KWD", "0.0125", 1, 13)]
    public async Task A_line_rounds_once_to_the_digits_of_the_currency(string currency, string perToken, int tokens, long minor)
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken(perToken)], currency: currency);
        await system.Use(customer, tokens);
        var spend = await system.Spend(customer);
        await system.WalkTo("2026-04-01T01:00:00Z");

        Assert.Equal((minor, minor), (Assert.Single(await system.Invoices(customer)).Total, spend.Subtotal.Minor));
    }
}
