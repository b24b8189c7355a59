using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Domain.Tests.Invoicing;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Payments;

/// <summary>T-16: a database from an older backup knows less than the gateway: the differences are listed, and nothing is charged before a person has confirmed them.</summary>
public sealed class StrayChargeTests
{
    [Fact]
    public async Task After_a_restore_nothing_is_charged_before_each_difference_is_confirmed_and_then_nothing_twice()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var (lost, kept) = (await WithCard(system), await WithCard(system));
        await system.WalkTo("2026-04-01T01:00:00Z");

        // The backup knows the invoices, and the second customer's charge; of the first one's only the gateway knows.
        var invoice = Assert.Single(await system.Invoices(lost));
        await Forget(system, invoice.Id);
        await system.Get<StrayChargeRun>().Run(CancellationToken.None);

        var found = Assert.Single(await system.Get<StrayChargeWriter>().Waiting(Actor.System, CancellationToken.None));
        Assert.Equal((invoice.Number, 10_000L), (found.Invoice!.Number, found.Charge.Amount));
        await using var db = system.Database.CreateDbContext();
        Assert.Equal("payment.stray", (await db.Alarms.SingleAsync()).Key);
        await system.WalkTo("2026-05-01T03:00:00Z");
        Assert.Equal(2, await db.Set<SandboxCharge>().CountAsync());
        Assert.Equal("charges_held", (await Assert.ThrowsAsync<Refusal>(() => system.Get<PaymentWriter>().Pay(Actor.System, invoice.Number!, CancellationToken.None))).Code);

        await system.Get<StrayChargeWriter>().Confirm(Actor.System, found.Charge.ChargeId, CancellationToken.None);
        await system.WalkTo("2026-05-01T04:00:00Z");
        Assert.Equal(4, await db.Set<SandboxCharge>().CountAsync());
        foreach (var customer in new[] { lost, kept })
        {
            Assert.All(await system.Invoices(customer), paid => Assert.Equal(InvoiceStatus.Paid, paid.Status));
        }

        Assert.Equal(0, (await system.Get<StrayChargeRun>().Run(CancellationToken.None)).Done);
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task A_charge_for_an_invoice_that_the_backup_does_not_know_is_listed_too_and_others_at_the_gateway_are_not_ours()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        await WithCard(system);
        await system.WalkTo("2026-03-10T00:00:00Z");
        await using var db = system.Database.CreateDbContext();
        var card = await db.Set<SandboxCard>().SingleAsync();
        var unknown = Guid.NewGuid();
        await system.Get<IPaymentGateway>().Charge(new ChargeOrder(PaymentAttempt.KeyOf(unknown, 1), card.Token, unknown.ToString("N"), 700, "USD"), CancellationToken.None);
        await system.Get<IPaymentGateway>().Charge(new ChargeOrder("a shop of theirs", card.Token, "order 7", 900, "USD"), CancellationToken.None);
        await system.WalkTo("2026-04-01T02:00:00Z");

        var found = Assert.Single(await system.Get<StrayChargeWriter>().Waiting(Actor.System, CancellationToken.None));
        Assert.Equal((null, 700L), (found.Invoice, found.Charge.Amount));
        Assert.Equal(2, await db.Set<SandboxCharge>().CountAsync());
    }

    private static async Task<Customer> WithCard(BillingSystem system)
    {
        var customer = await system.Subscribe([Fee("100")]);
        await system.Get<PaymentWriter>().Save(Actor.System, customer.Key, "4242424242424242", MethodUse.Default, CancellationToken.None);
        return customer;
    }

    private static async Task Forget(BillingSystem system, Guid invoice)
    {
        await using var undo = system.Database.Source.CreateCommand($"""
            SET session_replication_role = replica;
            DELETE FROM ledger_entries WHERE fact = 'PaymentReceived' AND invoice_id = '{invoice}';
            SET session_replication_role = DEFAULT;
            DELETE FROM payment_attempts WHERE invoice_id = '{invoice}';
            DELETE FROM payments WHERE invoice_id = '{invoice}';
            UPDATE invoices SET paid = 0, status = 'Finalized', charge_at = issued_at WHERE id = '{invoice}'
            """);
        await undo.ExecuteNonQueryAsync();
    }
}
