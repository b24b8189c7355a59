using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Domain.Storage;
using Portal.Domain.Tests.Invoicing;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Payments;

/// <summary>Saved cards: charged at the issue, tried again by the schedule, and never twice.</summary>
public sealed class ChargeTests
{
    private const string Good = "4242424242424242";
    private const string Declined = "4000000000000002";
    private const string Second = "4000000000000341";

    [Fact]
    public async Task An_invoice_is_charged_to_the_saved_card_when_it_is_issued()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")]);
        await Save(system, customer, Good);
        await system.WalkTo("2026-04-01T01:00:00Z");

        var invoice = Assert.Single(await system.Invoices(customer));
        Assert.Equal((InvoiceStatus.Paid, 0L), (invoice.Status, invoice.Due));
        var payment = Assert.Single(invoice.Payments);
        Assert.Equal((Payment.Card, Instant("2026-04-01T01:00:00Z")), (payment.Method, payment.ReceivedAt));
        Assert.StartsWith("ch_", payment.Reference, StringComparison.Ordinal);
        await MustHaveChargedOnce(system);
    }

    [Fact]
    public async Task A_declined_card_is_tried_again_after_1_3_5_and_7_days_then_given_up_and_access_ends_in_between()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")]);
        await Save(system, customer, Declined);
        await system.WalkTo("2026-04-04T00:59:59Z");
        Assert.Null(Known(system, customer).RestrictedAt);
        await system.WalkTo("2026-04-04T01:00:00Z");
        Assert.Equal(Instant("2026-04-04T01:00:00Z"), Known(system, customer).RestrictedAt);

        await system.WalkTo("2026-04-30T00:00:00Z");
        var invoice = Assert.Single(await system.Invoices(customer));
        Assert.Equal((InvoiceStatus.Uncollectible, 10_000L), (invoice.Status, invoice.Due));
        Assert.Equal(
            ["2026-04-01T01", "2026-04-02T01", "2026-04-04T01", "2026-04-06T01", "2026-04-08T01"],
            (await Attempts(system)).Select(attempt => attempt.StartedAt.ToString("yyyy-MM-dd'T'HH", System.Globalization.CultureInfo.InvariantCulture)));
        var mails = system.Mails.Where(mail => mail.Subject.StartsWith("Payment failed", StringComparison.Ordinal)).ToList();
        Assert.Equal(5, mails.Count);
        Assert.All(mails, mail => Assert.Equal("payment", mail.Headers["Portal-Alert"]));
        Assert.Contains("We try again on 2 April 2026.", mails[0].Text, StringComparison.Ordinal);
        Assert.Contains("This was the last time", mails[4].Text, StringComparison.Ordinal);
        Assert.DoesNotContain(system.Mails, mail => mail.Subject.Contains("overdue", StringComparison.Ordinal));
        Assert.NotNull(Known(system, customer).RestrictedAt);
        await StandingRules.Hold(system);

        await Save(system, customer, Good);
        Assert.Equal(InvoiceStatus.Paid, Assert.Single(await system.Invoices(customer)).Status);
        Assert.Null(Known(system, customer).RestrictedAt);
        await MustHaveChargedOnce(system);
    }

    [Fact]
    public async Task A_card_that_succeeds_at_the_second_attempt_pays_a_day_later()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")]);
        await Save(system, customer, Second);
        await system.WalkTo("2026-04-02T00:59:59Z");
        Assert.Equal(InvoiceStatus.Finalized, Assert.Single(await system.Invoices(customer)).Status);
        await system.WalkTo("2026-04-10T00:00:00Z");

        Assert.Equal(InvoiceStatus.Paid, Assert.Single(await system.Invoices(customer)).Status);
        Assert.Equal([AttemptState.Failed, AttemptState.Succeeded], (await Attempts(system)).Select(attempt => attempt.State));
        Assert.Null(Known(system, customer).RestrictedAt);
        await MustHaveChargedOnce(system);
    }

    [Fact]
    public async Task Saving_a_card_collects_what_is_overdue_at_once_and_opens_access()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")], terms: new BillingTerms(null, BillingTerms.Send, 14));
        await system.WalkTo("2026-04-20T00:00:00Z");
        Assert.NotNull(Known(system, customer).RestrictedAt);

        await Save(system, customer, Good);
        Assert.Equal(InvoiceStatus.Paid, Assert.Single(await system.Invoices(customer)).Status);
        Assert.Null(Known(system, customer).RestrictedAt);
        await MustHaveChargedOnce(system);
    }

    [Fact]
    public async Task An_invoice_without_a_card_is_charged_on_its_due_date_to_one_that_was_saved_since()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")]);
        await system.WalkTo("2026-04-05T00:00:00Z");
        await Save(system, customer, Good);
        Assert.Equal(InvoiceStatus.Finalized, Assert.Single(await system.Invoices(customer)).Status);
        await system.WalkTo("2026-04-15T01:00:00Z");

        Assert.Equal(InvoiceStatus.Paid, Assert.Single(await system.Invoices(customer)).Status);
        Assert.DoesNotContain(system.Mails, mail => mail.Subject.Contains("overdue", StringComparison.Ordinal));
        await MustHaveChargedOnce(system);
    }

    [Fact]
    public async Task Paying_by_hand_says_why_a_card_was_declined_and_pays_with_a_better_one()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")], terms: new BillingTerms(null, BillingTerms.Send, 14));
        await Save(system, customer, "4000000000009995");
        await system.WalkTo("2026-04-01T01:00:00Z");

        var refused = await Assert.ThrowsAsync<Refusal>(() => Pay(system));
        Assert.Equal("payment_failed", refused.Code);
        Assert.Contains("ending in 9995", refused.Message, StringComparison.Ordinal);
        Assert.Contains("not enough money", refused.Message, StringComparison.Ordinal);
        await Save(system, customer, Good);
        Assert.Equal(InvoiceStatus.Paid, (await Pay(system)).Status);
        Assert.Equal(InvoiceStatus.Paid, (await Pay(system)).Status);
        await MustHaveChargedOnce(system);
    }

    [Fact]
    public async Task A_number_that_is_no_trial_card_is_refused_without_repeating_it_and_no_number_is_kept()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")]);
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => Save(system, customer, "4111111111111111"));
        Assert.DoesNotContain("4111111111111111", refused.Message, StringComparison.Ordinal);
        await Save(system, customer, Good);

        await using var find = system.Database.Source.CreateCommand("""
            SELECT count(*) FROM (SELECT card::text AS row FROM sandbox_cards card UNION ALL SELECT method::text FROM payment_methods method
            UNION ALL SELECT entry::text FROM audit_entries entry) rows WHERE row LIKE '%4242424242%' OR row LIKE '%411111%'
            """);
        Assert.Equal(0L, await find.ExecuteScalarAsync());
    }

    private static Task<PaymentMethod> Save(BillingSystem system, Customer customer, string card) =>
        system.Get<PaymentWriter>().Save(Actor.System, customer.Key, card, MethodUse.Default, CancellationToken.None);

    private static Task<Invoice> Pay(BillingSystem system) => system.Get<PaymentWriter>().Pay(Actor.System, "INV-000001", CancellationToken.None);

    private static Customer Known(BillingSystem system, Customer customer) => system.Get<Register>().Now.ById[customer.Id].Customer;

    private static async Task<List<PaymentAttempt>> Attempts(BillingSystem system)
    {
        await using var db = system.Database.CreateDbContext();
        return await db.PaymentAttempts.AsNoTracking().OrderBy(attempt => attempt.N).ToListAsync();
    }

    private static async Task MustHaveChargedOnce(BillingSystem system)
    {
        await using var db = system.Database.CreateDbContext();
        Assert.Single(await db.Set<SandboxCharge>().Where(charge => charge.Succeeded).ToListAsync());
        await StandingRules.Hold(system);
    }
}
