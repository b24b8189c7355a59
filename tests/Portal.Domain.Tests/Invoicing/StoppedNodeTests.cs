using System.Data.Common;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Domain.Storage;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>T-11: a node that stood still for long, while another did its work, wakes up and changes nothing. A claim is a row's lock in a transaction: with the connection it is gone.</summary>
public sealed class StoppedNodeTests
{
    [Theory]
    [InlineData("draft")]
    [InlineData("issue")]
    public async Task A_node_that_wakes_after_its_claim_is_gone_bills_nothing_a_second_time(string step)
    {
        var stop = new StopBeforeCommit();
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z", options => options.AddInterceptors(stop));
        await system.SubscribeMany(3, Fee("5"));
        system.MoveTo("2026-04-01T02:00:00Z");
        IClockWork work = step == "draft" ? system.Get<InvoiceRun>() : system.Get<FinalizeRun>();
        if (step == "issue")
        {
            await system.Get<InvoiceRun>().Run(CancellationToken.None);
        }

        stop.Arm();
        var stopped = Task.Run(() => work.Run(CancellationToken.None));
        var backend = await stop.Reached.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(0, (await work.Run(CancellationToken.None)).Done);
        await using (var end = system.Database.Source.CreateCommand($"SELECT pg_terminate_backend({backend})"))
        {
            await end.ExecuteScalarAsync();
        }

        var done = 0;
        for (var waited = Stopwatch.StartNew(); done < 3 && waited.Elapsed < TimeSpan.FromSeconds(60);)
        {
            done += (await work.Run(CancellationToken.None)).Done;
        }

        stop.WakeUp();
        var failure = await Record.ExceptionAsync(() => stopped);
        Assert.True(failure is not null || (await stopped).Done == 0, "The stopped node says that it did something.");
        await system.Get<FinalizeRun>().Run(CancellationToken.None);
        await using var db = system.Database.CreateDbContext();
        Assert.Equal((3, 3), (await db.Invoices.CountAsync(), await db.Invoices.CountAsync(invoice => invoice.Number != null)));
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task A_node_that_wakes_between_storing_an_attempt_and_charging_it_charges_nothing_a_second_time()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")]);
        await system.Get<PaymentWriter>().Save(Actor.System, customer.Key, "4242424242424242", CancellationToken.None);
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

    /// <summary>Stands still before one commit, as a process does that was stopped, until it is woken up.</summary>
    private sealed class StopBeforeCommit : DbTransactionInterceptor
    {
        private readonly TaskCompletionSource<int> _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _awake = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _armed;

        public Task<int> Reached => _reached.Task;

        public void Arm() => _armed = 1;

        public void WakeUp() => _awake.SetResult();

        public override async ValueTask<InterceptionResult> TransactionCommittingAsync(
            DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
        {
            if (Interlocked.Exchange(ref _armed, 0) == 1)
            {
                _reached.SetResult(((NpgsqlConnection)transaction.Connection!).ProcessID);
                await _awake.Task;
            }

            return result;
        }
    }
}
