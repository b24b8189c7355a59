using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Domain.Tests.Invoicing;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Payments;

/// <summary>T-14: whatever goes wrong at the card processor or at us, an invoice is charged once, and is paid in the end.</summary>
public sealed class GatewayFaultTests
{
    private const string Issued = "2026-04-01T01:00:00Z";

    [Theory]
    [InlineData(SandboxFault.TimeoutAfterCharge)]
    [InlineData(SandboxFault.ServerError)]
    [InlineData(SandboxFault.WebhooksDuplicated)]
    [InlineData(SandboxFault.WebhooksReordered)]
    [InlineData(SandboxFault.WebhooksLate)]
    [InlineData(SandboxFault.TimeoutAfterCharge, SandboxFault.WebhooksLate)]
    [InlineData(SandboxFault.TimeoutAfterCharge, SandboxFault.WebhooksDuplicated, SandboxFault.WebhooksReordered)]
    public async Task An_invoice_is_charged_once_whatever_the_processor_does(params SandboxFault[] faults)
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await WithCard(system);
        foreach (var fault in faults)
        {
            system.Get<SandboxFaults>().Order(fault, 1);
        }

        await system.WalkTo("2026-04-01T01:01:00Z");
        Assert.Equal(InvoiceStatus.Paid, Assert.Single(await system.Invoices(customer)).Status);
        await system.WalkTo("2026-04-10T00:00:00Z");
        await MustHaveChargedOnce(system);
        await using var db = system.Database.CreateDbContext();
        Assert.Equal(2, await db.PaymentWebhooks.CountAsync(webhook => webhook.HandledAt != null));
    }

    [Fact]
    public async Task While_the_outcome_is_not_known_nothing_else_pays_the_invoice()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await WithCard(system);
        system.Get<SandboxFaults>().Order(SandboxFault.ServerError, 3);
        await system.WalkTo(Issued);
        await using var db = system.Database.CreateDbContext();
        Assert.Equal(AttemptState.Unknown, (await db.PaymentAttempts.AsNoTracking().SingleAsync()).State);

        Assert.Equal("charge_open", (await Assert.ThrowsAsync<Refusal>(() => Pay(system))).Code);
        Assert.Equal("charge_open", (await Assert.ThrowsAsync<Refusal>(() => system.Get<InvoiceWriter>().RecordPayment(
            Actor.System, "INV-000001", new ReceivedPayment(null, null, null), CancellationToken.None))).Code);
        Assert.Equal("charge_open", (await Assert.ThrowsAsync<Refusal>(() => system.Get<InvoiceWriter>().WriteOff(Actor.System, "INV-000001", CancellationToken.None))).Code);
        await system.Get<PaymentWriter>().Save(Actor.System, customer.Key, "4242424242424242", MethodUse.Default, CancellationToken.None);
        Assert.Equal(1, await db.PaymentAttempts.CountAsync());

        await system.WalkTo("2026-04-01T02:00:00Z");
        Assert.Equal(InvoiceStatus.Paid, Assert.Single(await system.Invoices(customer)).Status);
        await MustHaveChargedOnce(system);
    }

    [Fact]
    public async Task A_processor_that_stays_silent_is_reported_to_the_operator()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        await WithCard(system);
        system.Get<SandboxFaults>().Order(SandboxFault.ServerError, 10);
        await system.WalkTo("2026-04-01T03:00:00Z");

        await using var db = system.Database.CreateDbContext();
        Assert.StartsWith("payment.unknown:", (await db.Alarms.SingleAsync()).Key, StringComparison.Ordinal);
        Assert.DoesNotContain(await db.Outbox.ToListAsync(), mail => mail.AlertKind == Alert.PaymentKind);
    }

    [Fact]
    public async Task A_process_that_dies_after_the_card_was_charged_is_followed_by_one_that_books_it()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await WithCard(system);
        system.MoveTo(Issued);
        await system.Get<InvoiceRun>().Run(CancellationToken.None);
        await system.Get<FinalizeRun>().Run(CancellationToken.None);
        var invoice = Assert.Single(await system.Invoices(customer));
        var attempt = (await system.Get<ChargeWriter>().Begin(invoice.Id, Actor.System, CancellationToken.None))!;
        Assert.True((await system.Get<IPaymentGateway>().Charge(
            new ChargeOrder(attempt.Key, attempt.Method.Token, invoice.Id.ToString("N"), attempt.Amount, "USD"), CancellationToken.None)).Succeeded);

        await system.WalkTo("2026-04-01T01:02:00Z");
        Assert.Equal(InvoiceStatus.Paid, Assert.Single(await system.Invoices(customer)).Status);
        await MustHaveChargedOnce(system);
    }

    [Fact]
    public async Task Many_who_pay_collect_and_ask_at_once_charge_once()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await WithCard(system);
        system.MoveTo(Issued);
        await system.Get<InvoiceRun>().Run(CancellationToken.None);
        await system.Get<FinalizeRun>().Run(CancellationToken.None);

        await Task.WhenAll(Enumerable.Range(0, 12).Select(n => Task.Run(async () =>
        {
            try
            {
                await (n % 3 == 0 ? Pay(system) : n % 3 == 1 ? system.Get<ChargeRun>().Run(CancellationToken.None) : system.Get<WebhookInbox>().Run(CancellationToken.None) as Task);
            }
            catch (Refusal refusal) when (refusal.Code == "charge_open")
            {
                // Another one is at it.
            }
        })));
        await system.WalkTo("2026-04-01T01:05:00Z");

        Assert.Equal(InvoiceStatus.Paid, Assert.Single(await system.Invoices(customer)).Status);
        await MustHaveChargedOnce(system);
    }

    private static async Task<Customer> WithCard(BillingSystem system)
    {
        var customer = await system.Subscribe([Fee("100")]);
        await system.Get<PaymentWriter>().Save(Actor.System, customer.Key, "4242424242424242", MethodUse.Default, CancellationToken.None);
        return customer;
    }

    private static Task<Invoice> Pay(BillingSystem system) => system.Get<PaymentWriter>().Pay(Actor.System, "INV-000001", CancellationToken.None);

    private static async Task MustHaveChargedOnce(BillingSystem system)
    {
        await using var db = system.Database.CreateDbContext();
        Assert.Single(await db.Set<SandboxCharge>().Where(charge => charge.Succeeded).ToListAsync());
        await StandingRules.Hold(system);
    }
}
