using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Domain.Tests.Invoicing;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Payments;

/// <summary>Money goes back once, whatever goes wrong at the card processor or at us, and never more than came in.</summary>
public sealed class RefundTests
{
    [Fact]
    public async Task A_payment_that_is_given_back_is_owed_again()
    {
        await using var system = await Paid();
        var refund = await GiveBack(system, 40, "Will be paid by bank.");

        Assert.Equal((AttemptState.Succeeded, 4_000L), (refund.State, refund.Amount));
        var invoice = await Read(system);
        Assert.Equal((InvoiceStatus.Finalized, 4_000L, 6_000L), (invoice.Status, invoice.Due, invoice.Paid));
        await MustHaveRefunded(system, 4_000);
        await system.WalkTo("2026-04-10T00:00:00Z");
        await using (var db = system.Database.CreateDbContext())
        {
            Assert.Equal(1, await db.Set<SandboxCharge>().CountAsync());
        }

        await system.Get<InvoiceWriter>().RecordPayment(Actor.System, "INV-000001", new ReceivedPayment(null, null, null), CancellationToken.None);
        Assert.Equal(InvoiceStatus.Paid, (await Read(system)).Status);
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task A_bank_transfer_is_given_back_by_hand_and_booked_at_once()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        await system.Subscribe([Fee("100")]);
        await system.WalkTo("2026-04-01T01:00:00Z");
        await system.Get<InvoiceWriter>().RecordPayment(Actor.System, "INV-000001", new ReceivedPayment(null, null, null), CancellationToken.None);

        Assert.Equal(AttemptState.Succeeded, (await GiveBack(system, null)).State);
        Assert.Equal(10_000, (await Read(system)).Due);
        await StandingRules.Hold(system);
    }

    [Theory]
    [InlineData(SandboxFault.TimeoutAfterCharge)]
    [InlineData(SandboxFault.ServerError)]
    [InlineData(SandboxFault.WebhooksDuplicated)]
    [InlineData(SandboxFault.WebhooksReordered)]
    [InlineData(SandboxFault.WebhooksLate)]
    [InlineData(SandboxFault.TimeoutAfterCharge, SandboxFault.WebhooksDuplicated, SandboxFault.WebhooksReordered)]
    public async Task Money_goes_back_once_whatever_the_processor_does(params SandboxFault[] faults)
    {
        await using var system = await Paid();
        foreach (var fault in faults)
        {
            system.Get<SandboxFaults>().Order(fault, 1);
        }

        var note = await system.Get<CreditNoteWriter>().Write(
            Actor.System, "INV-000001", new CreditNoteOrder(25, [], null, NoteSettlement.Refund), CancellationToken.None);
        if (note.Due != 0)
        {
            Assert.Equal("not_refundable", (await Assert.ThrowsAsync<Refusal>(() => GiveBack(system, 1))).Code);
        }

        await system.WalkTo("2026-04-01T01:02:00Z");
        Assert.Equal(InvoiceStatus.Paid, (await Read(system, "CN-000001")).Status);
        await system.WalkTo("2026-04-10T00:00:00Z");
        await MustHaveRefunded(system, 2_500);
    }

    [Fact]
    public async Task A_refund_that_the_processor_refuses_is_reported_and_its_note_is_taken_off_the_next_invoice()
    {
        await using var system = await Paid();
        await using (var db = system.Database.CreateDbContext())
        {
            // Somebody has given the money back on the processor's own pages.
            var charge = await db.Set<SandboxCharge>().SingleAsync();
            await system.Get<IPaymentGateway>().Refund(new RefundOrder("by-hand", charge.Id, 9_000, "USD"), CancellationToken.None);
        }

        await system.Get<CreditNoteWriter>().Write(Actor.System, "INV-000001", new CreditNoteOrder(25, [], null, NoteSettlement.Refund), CancellationToken.None);
        await using (var db = system.Database.CreateDbContext())
        {
            Assert.Equal((AttemptState.Failed, "charge_refunded"), await db.Refunds.Select(refund => new ValueTuple<AttemptState, string?>(refund.State, refund.Reason)).SingleAsync());
            Assert.StartsWith("refund.failed:", (await db.Alarms.SingleAsync()).Key, StringComparison.Ordinal);
        }

        Assert.Equal(-2_500, (await Read(system, "CN-000001")).Due);
        await system.WalkTo("2026-05-01T01:00:00Z");
        Assert.Equal(0, (await Read(system, "CN-000001")).Due);
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task The_money_of_bought_credits_does_not_go_back_without_them()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1")]);
        await system.Get<PaymentWriter>().Save(Actor.System, customer.Key, "4242424242424242", MethodUse.Default, CancellationToken.None);
        await system.Get<TopupWriter>().Buy(Actor.System, customer.Key, 100, CancellationToken.None);
        foreach (var amount in new decimal?[] { null, 40 })
        {
            var refused = await Assert.ThrowsAsync<Refusal>(() => GiveBack(system, amount));
            Assert.Equal("sold_credits", refused.Code);
            Assert.Contains("Write a credit note on it that refunds the card", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(10_000, await LeftOfCredits());
        await system.Get<CreditNoteWriter>().Write(Actor.System, "INV-000001", new CreditNoteOrder(null, [], null, NoteSettlement.Refund), CancellationToken.None);
        Assert.Equal(0, await LeftOfCredits());
        await MustHaveRefunded(system, 10_000);

        async Task<long> LeftOfCredits()
        {
            await using var db = system.Database.CreateDbContext();
            return (await db.CreditGrants.AsNoTracking().SingleAsync()).Left;
        }
    }

    [Fact]
    public async Task Many_who_refund_at_once_never_give_back_more_than_came_in()
    {
        await using var system = await Paid();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(async () =>
        {
            try
            {
                return (await GiveBack(system, 30)).State == AttemptState.Succeeded ? 1 : 0;
            }
            catch (Refusal)
            {
                return 0;
            }
        })));

        Assert.InRange(outcomes.Sum(), 1, 3);
        await MustHaveRefunded(system, outcomes.Sum() * 3_000L);
    }

    private static async Task<BillingSystem> Paid()
    {
        var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")]);
        await system.Get<PaymentWriter>().Save(Actor.System, customer.Key, "4242424242424242", MethodUse.Default, CancellationToken.None);
        await system.WalkTo("2026-04-01T01:00:00Z");
        return system;
    }

    private static Task<Refund> GiveBack(BillingSystem system, decimal? amount, string? reason = null) =>
        system.Get<RefundWriter>().GiveBack(Actor.System, "INV-000001", new RefundTerms(amount, reason), CancellationToken.None);

    private static Task<Invoice> Read(BillingSystem system, string number = "INV-000001") =>
        system.Get<InvoiceReader>().Find(Actor.System, number, CancellationToken.None);

    private static async Task MustHaveRefunded(BillingSystem system, long amount)
    {
        await using var db = system.Database.CreateDbContext();
        Assert.Equal(amount, await db.Set<SandboxRefund>().Where(refund => refund.Reason == null).SumAsync(refund => refund.Amount));
        Assert.Equal(amount, await db.Refunds.Where(refund => refund.State == AttemptState.Succeeded).SumAsync(refund => refund.Amount));
        await StandingRules.Hold(system);
    }
}
