using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Domain.Tests.Invoicing;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Payments;

/// <summary>What the default card declines is charged to the backup at once: once for each try, and never before it is known that the first charge moved no money.</summary>
public sealed class BackupMethodTests
{
    private const string Good = "4242424242424242";
    private const string Declined = "4000000000000002";
    private const string Empty = "4000000000009995";
    private const string Issued = "2026-04-01T01:00:00Z";

    [Fact]
    public async Task What_the_default_card_declines_the_backup_pays_at_once()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await WithCards(system, Declined, Good);
        await system.WalkTo(Issued);

        var invoice = Assert.Single(await system.Invoices(customer));
        Assert.Equal((InvoiceStatus.Paid, 0L, null), (invoice.Status, invoice.Due, invoice.FirstFailureAt));
        Assert.Single(invoice.Payments);
        var attempts = await Attempts(system);
        Assert.Equal([(AttemptState.Failed, MethodUse.Default, "0002"), (AttemptState.Succeeded, MethodUse.Backup, "4242")], attempts.Select(Short));
        Assert.Equal(2, attempts.Select(attempt => attempt.Key).Distinct().Count());
        Assert.All(attempts, attempt => Assert.Equal(Instant(Issued), attempt.SettledAt));
        await MustHaveCharged(system, 1);

        await system.WalkTo("2026-04-10T00:00:00Z");
        var mail = Assert.Single(system.Mails, mail => mail.Headers.ContainsKey("Portal-Alert"));
        Assert.Equal("Paid with your backup card: $100.00 for invoice INV-000001", mail.Subject);
        Assert.Contains("Your card ending in 0002 could not be charged for invoice INV-000001: the bank", mail.Text, StringComparison.Ordinal);
        Assert.Contains("So $100.00 was charged to your backup card, the Visa ending in 4242.", mail.Text, StringComparison.Ordinal);
        await using var db = system.Database.CreateDbContext();
        Assert.Empty(await db.WebhookEvents.Where(news => news.Type == WebhookTypes.PaymentFailed).ToListAsync());
        await MustHaveCharged(system, 1);
    }

    [Fact]
    public async Task What_both_decline_is_one_try_and_goes_the_way_of_dunning()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await WithCards(system, Declined, Empty);
        await system.WalkTo("2026-04-30T00:00:00Z");

        var invoice = Assert.Single(await system.Invoices(customer));
        Assert.Equal((InvoiceStatus.Uncollectible, 10_000L), (invoice.Status, invoice.Due));
        var attempts = await Attempts(system);
        Assert.Equal(5, Dunning.Tries(attempts));
        Assert.Equal(
            ["04-01", "04-01", "04-02", "04-02", "04-04", "04-04", "04-06", "04-06", "04-08", "04-08"],
            attempts.Select(attempt => attempt.StartedAt.ToString("MM-dd", CultureInfo.InvariantCulture)));
        Assert.Equal(["0002", "9995"], attempts.Take(2).Select(attempt => attempt.Method.Last4));
        var mails = system.Mails.Where(mail => mail.Headers.ContainsKey("Portal-Alert")).ToList();
        Assert.Equal(5, mails.Count);
        Assert.All(mails, mail =>
        {
            Assert.StartsWith("Payment failed", mail.Subject, StringComparison.Ordinal);
            Assert.Contains("Your card ending in 0002", mail.Text, StringComparison.Ordinal);
            Assert.Contains("Nor could your backup card ending in 9995: the account behind it has not enough money", mail.Text, StringComparison.Ordinal);
        });
        await MustHaveCharged(system, 0);

        var refused = await Assert.ThrowsAsync<Refusal>(() => Pay(system));
        Assert.Contains("to the card ending in 0002", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Nor to the backup card ending in 9995", refused.Message, StringComparison.Ordinal);
        await Save(system, customer, Good, MethodUse.Backup);
        Assert.Equal(InvoiceStatus.Paid, Assert.Single(await system.Invoices(customer)).Status);
        await MustHaveCharged(system, 1);
    }

    [Theory]
    [InlineData(SandboxFault.TimeoutAfterCharge)]
    [InlineData(SandboxFault.ServerError)]
    public async Task While_the_first_outcome_is_unknown_the_backup_is_left_alone(SandboxFault fault)
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await WithCards(system, Good, Good);
        NoAnswer(system, fault);
        await system.WalkTo(Issued);
        Assert.Equal([(AttemptState.Unknown, MethodUse.Default, "4242")], (await Attempts(system)).Select(Short));
        for (var n = 0; n < 3; n++)
        {
            await system.Get<ChargeRun>().Run(CancellationToken.None);
            Assert.Equal("charge_open", (await Assert.ThrowsAsync<Refusal>(() => Pay(system))).Code);
        }

        await Save(system, customer, Good, MethodUse.Backup);
        Assert.Single(await Attempts(system));
        await system.WalkTo("2026-04-10T00:00:00Z");
        Assert.Equal([(AttemptState.Succeeded, MethodUse.Default, "4242")], (await Attempts(system)).Select(Short));
        Assert.Equal(InvoiceStatus.Paid, Assert.Single(await system.Invoices(customer)).Status);
        await MustHaveCharged(system, 1);
    }

    [Fact]
    public async Task An_answer_that_comes_late_leads_to_the_backup_then_and_the_backups_own_silence_to_nothing_else()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await WithCards(system, Declined, Good);
        NoAnswer(system, SandboxFault.TimeoutAfterCharge);
        await system.WalkTo(Issued);
        Assert.Equal([AttemptState.Unknown], (await Attempts(system)).Select(attempt => attempt.State));

        system.Get<SandboxFaults>().Order(SandboxFault.TimeoutAfterCharge, 1);
        await system.WalkTo("2026-04-01T01:01:00Z");
        Assert.Equal([AttemptState.Failed, AttemptState.Unknown], (await Attempts(system)).Select(attempt => attempt.State));
        Assert.Equal("charge_open", (await Assert.ThrowsAsync<Refusal>(() => Pay(system))).Code);
        Assert.DoesNotContain(system.Mails, mail => mail.Headers.ContainsKey("Portal-Alert"));

        await system.WalkTo("2026-04-10T00:00:00Z");
        Assert.Equal([(AttemptState.Failed, MethodUse.Default, "0002"), (AttemptState.Succeeded, MethodUse.Backup, "4242")], (await Attempts(system)).Select(Short));
        Assert.Equal(InvoiceStatus.Paid, Assert.Single(await system.Invoices(customer)).Status);
        await MustHaveCharged(system, 1);
    }

    [Fact]
    public async Task A_promise_that_is_made_while_the_first_answer_is_waited_for_holds_the_backup_too()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await WithCards(system, Declined, Good);
        NoAnswer(system, SandboxFault.TimeoutAfterCharge);
        await system.WalkTo(Issued);
        await system.Get<PromiseWriter>().Make(Actor.System, "INV-000001", Instant("2026-04-20T00:00:00Z"), null, CancellationToken.None);

        await system.WalkTo("2026-04-19T00:00:00Z");
        Assert.Equal([AttemptState.Failed], (await Attempts(system)).Select(attempt => attempt.State));
        await system.WalkTo("2026-04-20T00:00:00Z");
        Assert.Equal(InvoiceStatus.Paid, Assert.Single(await system.Invoices(customer)).Status);
        await MustHaveCharged(system, 1);
    }

    [Fact]
    public async Task Nodes_that_collect_pay_and_listen_at_once_charge_each_card_once()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await WithCards(system, Declined, Good);
        system.MoveTo(Issued);
        await system.Get<InvoiceRun>().Run(CancellationToken.None);
        await system.Get<FinalizeRun>().Run(CancellationToken.None);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(n => Task.Run(async () =>
        {
            try
            {
                await (n % 4 == 0 ? Pay(system) : n % 4 == 1 ? system.Get<ChargeRun>().Run(CancellationToken.None)
                    : n % 4 == 2 ? system.Get<SandboxDelivery>().Run(CancellationToken.None) : system.Get<WebhookInbox>().Run(CancellationToken.None) as Task);
            }
            catch (Refusal refusal) when (refusal.Code == "charge_open")
            {
                // Another one is at it.
            }
        })));
        await system.WalkTo("2026-04-01T01:05:00Z");

        Assert.Equal([(AttemptState.Failed, MethodUse.Default, "0002"), (AttemptState.Succeeded, MethodUse.Backup, "4242")], (await Attempts(system)).Select(Short));
        Assert.Equal(InvoiceStatus.Paid, Assert.Single(await system.Invoices(customer)).Status);
        await MustHaveCharged(system, 1);
    }

    [Fact]
    public async Task A_node_that_stops_between_the_two_cards_is_followed_by_one_that_charges_the_backup()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await WithCards(system, Declined, Good);
        NoAnswer(system, SandboxFault.TimeoutAfterCharge);
        await system.WalkTo(Issued);

        // The backup's attempt is stored with what the first one came to; the processor never hears of it.
        system.Get<SandboxFaults>().Order(SandboxFault.ServerError, 1);
        system.MoveTo("2026-04-01T01:01:00Z");
        await system.Get<ChargeRun>().Run(CancellationToken.None);
        Assert.Equal([(AttemptState.Failed, MethodUse.Default, "0002"), (AttemptState.Unknown, MethodUse.Backup, "4242")], (await Attempts(system)).Select(Short));
        await MustHaveCharged(system, 0);

        await system.WalkTo("2026-04-01T01:05:00Z");
        Assert.Equal(InvoiceStatus.Paid, Assert.Single(await system.Invoices(customer)).Status);
        await MustHaveCharged(system, 1);
    }

    [Fact]
    public async Task Credits_are_bought_with_the_backup_where_the_default_card_is_declined_and_not_at_all_where_both_are()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await WithCards(system, Declined, Empty);
        var refused = await Assert.ThrowsAsync<Refusal>(() => system.Get<TopupWriter>().Buy(Actor.System, customer.Key, 50, CancellationToken.None));
        Assert.Contains("not enough money", refused.Message, StringComparison.Ordinal);
        await Save(system, customer, Good, MethodUse.Backup);
        var bought = await system.Get<TopupWriter>().Buy(Actor.System, customer.Key, 50, CancellationToken.None);

        Assert.Equal((InvoiceStatus.Paid, "INV-000001"), (bought.Status, bought.Number));
        await using var db = system.Database.CreateDbContext();
        Assert.Equal(5_000, (await db.CreditGrants.SingleAsync()).Left);
        await MustHaveCharged(system, 1);
    }

    private static (AttemptState State, MethodUse Use, string Last4) Short(PaymentAttempt attempt) => (attempt.State, attempt.Use, attempt.Method.Last4);

    private static async Task<Customer> WithCards(BillingSystem system, string card, string backup)
    {
        var customer = await system.Subscribe([Fee("100")]);
        await Save(system, customer, card, MethodUse.Default);
        await Save(system, customer, backup, MethodUse.Backup);
        return customer;
    }

    private static Task<PaymentMethod> Save(BillingSystem system, Customer customer, string card, MethodUse use) =>
        system.Get<PaymentWriter>().Save(Actor.System, customer.Key, card, use, CancellationToken.None);

    // Nor does a message tell what became of the charge.
    private static void NoAnswer(BillingSystem system, SandboxFault fault)
    {
        system.Get<SandboxFaults>().Order(fault, 1);
        system.Get<SandboxFaults>().Order(SandboxFault.WebhooksLate, 5);
    }

    private static Task<Invoice> Pay(BillingSystem system) => system.Get<PaymentWriter>().Pay(Actor.System, "INV-000001", CancellationToken.None);

    private static async Task<List<PaymentAttempt>> Attempts(BillingSystem system)
    {
        await using var db = system.Database.CreateDbContext();
        return await db.PaymentAttempts.AsNoTracking().Include(attempt => attempt.Method).OrderBy(attempt => attempt.N).ToListAsync();
    }

    private static async Task MustHaveCharged(BillingSystem system, int times)
    {
        await using var db = system.Database.CreateDbContext();
        Assert.Equal(times, await db.Set<SandboxCharge>().CountAsync(charge => charge.Succeeded));
        await StandingRules.Hold(system);
    }
}
