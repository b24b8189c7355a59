using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Domain.Tests.Invoicing;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Payments;

/// <summary>T-11 for charges: a node that stood still for long, while another did its work, wakes up and charges nothing. <see cref="RaceTests"/> has the same for billing.</summary>
public sealed class StoppedNodeTests
{
    [Fact]
    public async Task A_node_that_wakes_between_storing_an_attempt_and_charging_it_charges_nothing_a_second_time()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")]);
        await system.Get<PaymentWriter>().Save(Actor.System, customer.Key, "4242424242424242", MethodUse.Default, CancellationToken.None);
        system.MoveTo("2026-04-01T01:00:00Z");
        await system.Get<InvoiceRun>().Run(CancellationToken.None);
        await system.Get<FinalizeRun>().Run(CancellationToken.None);
        var attempt = (await system.Get<ChargeWriter>().Begin(Assert.Single(await system.Invoices(customer)).Id, Actor.System, CancellationToken.None))!;

        await system.WalkTo("2026-04-01T02:00:00Z");
        Assert.Equal(InvoiceStatus.Paid, Assert.Single(await system.Invoices(customer)).Status);
        Assert.Equal(AttemptState.Succeeded, await system.Get<ChargeWriter>().Ask(attempt, CancellationToken.None));
        var paid = Assert.Single(await system.Invoices(customer));
        Assert.Equal((10_000L, 1), (paid.Paid, paid.Payments.Count));
        await using var db = system.Database.CreateDbContext();
        Assert.Equal(1, await db.Set<SandboxCharge>().CountAsync(charge => charge.Succeeded));
        await StandingRules.Hold(system);
    }
}
