using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Tests.Shared;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>T-10, T-11, T-12, T-63: several runners at once, and runs that are cut off; numbers have no gap.</summary>
public sealed class RaceTests
{
    [Fact]
    public async Task Two_runners_that_race_make_one_invoice_for_each_of_200_subscriptions()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        await system.SubscribeMany(200, Fee("5"));
        system.MoveTo("2026-04-01T02:00:00Z");

        var closes = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => system.Get<InvoiceRun>().Run(CancellationToken.None))));
        var issues = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => system.Get<FinalizeRun>().Run(CancellationToken.None))));

        Assert.Equal((200, 200), (closes.Sum(outcome => outcome.Done), issues.Sum(outcome => outcome.Done)));
        await using var db = system.Database.CreateDbContext();
        Assert.Equal((200, 200), (await db.Invoices.CountAsync(), await db.Invoices.Select(invoice => invoice.SubscriptionId).Distinct().CountAsync()));
        Assert.Equal(200, await db.Outbox.CountAsync());
        await StandingRules.Hold(system);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_runner_that_stood_still_until_its_session_was_ended_writes_nothing_when_it_goes_on(bool whileIssuing)
    {
        var pause = new PausedCommit();
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z", options => options.AddInterceptors(pause));
        await system.SubscribeMany(20, Fee("5"));
        system.MoveTo("2026-04-01T02:00:00Z");
        if (whileIssuing)
        {
            await system.Get<InvoiceRun>().Run(CancellationToken.None);
        }

        IClockWork work = whileIssuing ? system.Get<FinalizeRun>() : system.Get<InvoiceRun>();
        pause.IsOn = true;
        var paused = Task.Run(() => work.Run(CancellationToken.None));
        await pause.Reached.WaitAsync(TimeSpan.FromSeconds(30));
        await using (var end = system.Database.Source.CreateCommand(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"))
        {
            Assert.NotEqual(0L, await end.ExecuteScalarAsync());
        }

        Assert.Equal(20, (await work.Run(CancellationToken.None)).Done);
        pause.GoOn();
        await Assert.ThrowsAnyAsync<Exception>(() => paused);

        await system.Get<FinalizeRun>().Run(CancellationToken.None);
        await using var db = system.Database.CreateDbContext();
        Assert.Equal((20, 20), (await db.Invoices.CountAsync(), await db.Outbox.CountAsync()));
        await StandingRules.Hold(system);
    }

    [Fact]
    public Task Numbers_have_no_gap_although_every_third_issue_is_rolled_back() => NumbersHaveNoGap(drafts: 150);

    [LongFact]
    public Task Numbers_of_1000_issues_at_once_have_no_gap_although_every_third_is_rolled_back() => NumbersHaveNoGap(drafts: 1_000);

    private static async Task NumbersHaveNoGap(int drafts)
    {
        var random = new Random(20260401);
        var breaking = new BrokenCommit(() => random.Next(10) < 3);
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z", options => options.AddInterceptors(breaking));
        await system.SubscribeMany(drafts, Fee("5"));
        system.MoveTo("2026-04-01T00:00:00Z");
        await system.Get<InvoiceRun>().Run(CancellationToken.None);
        await using var db = system.Database.CreateDbContext();
        var ids = await db.Invoices.Select(invoice => invoice.Id).ToListAsync();

        breaking.IsOn = true;
        await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = 12 }, async (id, cancellation) =>
        {
            while (true)
            {
                try
                {
                    await system.Get<InvoiceWriter>().Finalize(Actor.System, id.ToString(), cancellation);
                    return;
                }
                catch (BrokenException)
                {
                    // It was rolled back at its commit: once more.
                }
            }
        });

        Assert.True(breaking.Broken > drafts / 5, $"{breaking.Broken} commits were broken");
        Assert.Equal(drafts, await db.Invoices.CountAsync(invoice => invoice.Status == InvoiceStatus.Finalized));
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task A_run_that_dies_at_any_step_is_finished_by_the_next_as_if_nothing_had_happened()
    {
        var process = new DyingProcess();
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z", options => options.AddInterceptors(process, process.Transactions));
        var first = await system.Subscribe([PerToken("1"), Fee("7", "advance")]);
        var second = await system.Subscribe([PerToken("2")]);
        system.MoveTo("2026-03-10T00:00:00Z");
        await system.Use(first, 5);
        await system.Use(second, 6);
        system.MoveTo("2026-04-01T02:00:00Z");

        var expected = await StateAfter(system, process, dyingAt: null);
        var steps = 0;
        for (var died = true; died; steps++)
        {
            (var state, died) = await StateAfter(system, process, dyingAt: steps);
            Assert.True(expected.State == state, $"Died at step {steps}:\n{state}\nexpected:\n{expected.State}");
        }

        Assert.True(steps > 20, $"The run had only {steps} steps.");
    }

    private static async Task<(string State, bool Died)> StateAfter(BillingSystem system, DyingProcess process, int? dyingAt)
    {
        await using (var undo = system.Database.Source.CreateCommand("""
            SET session_replication_role = replica; DELETE FROM ledger_entries; SET session_replication_role = DEFAULT;
            DELETE FROM invoices; DELETE FROM outbox_mails; DELETE FROM audit_entries;
            UPDATE number_series SET last = 0;
            UPDATE subscriptions SET billed_until = starts_at, bill_at = NULL
            """))
        {
            await undo.ExecuteNonQueryAsync();
        }

        process.DiesAt(dyingAt);
        var died = false;
        for (var attempt = 0; attempt < 2; attempt++)
        {
            try
            {
                await system.Get<InvoiceRun>().Run(CancellationToken.None);
                await system.Get<FinalizeRun>().Run(CancellationToken.None);
            }
            catch (Exception exception) when (exception is BrokenException or DbUpdateException { InnerException: BrokenException })
            {
                died = true;
            }

            process.DiesAt(null);
        }

        await StandingRules.Hold(system);
        return (await State(system), died);
    }

    private static async Task<string> State(BillingSystem system)
    {
        await using var db = system.Database.CreateDbContext();
        var invoices = await db.Invoices.AsNoTracking().Include(invoice => invoice.Lines.OrderBy(line => line.N)).OrderBy(invoice => invoice.Number).ToListAsync();
        var subscriptions = await db.Subscriptions.AsNoTracking().OrderBy(subscription => subscription.Id).ToListAsync();
        var mails = await db.Outbox.AsNoTracking().OrderBy(mail => mail.CustomerId).ThenBy(mail => mail.Subject).ToListAsync();
        return string.Join('\n',
        [
            .. invoices.Select(invoice => $"{invoice.CustomerId} {invoice.Number} {invoice.Kind} {invoice.Status} {invoice.Total} {invoice.IssuedAt:O}: "
                + string.Join(", ", invoice.Lines.Select(line => $"{line.Description} {line.Quantity} {line.Amount}"))),
            .. subscriptions.Select(subscription => $"{subscription.Id} until {subscription.BilledUntil:O}, next {subscription.BillAt:O}"),
            .. mails.Select(mail => $"{mail.To}: {mail.Subject}"),
        ]);
    }

    private sealed class BrokenException() : Exception("Broken by the test.");

    /// <summary>Rolls commits back where the test says so.</summary>
    private sealed class BrokenCommit(Func<bool> breaks) : DbTransactionInterceptor
    {
        private readonly Lock _turn = new();

        public bool IsOn { get; set; }

        public int Broken { get; private set; }

        public override ValueTask<InterceptionResult> TransactionCommittingAsync(
            System.Data.Common.DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
        {
            lock (_turn)
            {
                if (!IsOn || !breaks())
                {
                    return ValueTask.FromResult(result);
                }

                Broken++;
                throw new BrokenException();
            }
        }
    }

    /// <summary>Stands still before the first commit that comes once the test says so.</summary>
    private sealed class PausedCommit : DbTransactionInterceptor
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _paused;

        public bool IsOn { get; set; }

        public Task Reached => _reached.Task;

        public void GoOn() => _goesOn.SetResult();

        public override async ValueTask<InterceptionResult> TransactionCommittingAsync(
            System.Data.Common.DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
        {
            if (IsOn && Interlocked.Exchange(ref _paused, 1) == 0)
            {
                _reached.SetResult();
                await _goesOn.Task;
            }

            return result;
        }
    }

    /// <summary>Dies at one step of many (a statement, a commit, the moment after a commit) and does nothing more.</summary>
    private sealed class DyingProcess : DbCommandInterceptor
    {
        private int _left = int.MaxValue;

        public DyingTransactions Transactions => new(this);

        public void DiesAt(int? step) => _left = step ?? int.MaxValue;

        public override ValueTask<InterceptionResult<System.Data.Common.DbDataReader>> ReaderExecutingAsync(
            System.Data.Common.DbCommand command, CommandEventData eventData, InterceptionResult<System.Data.Common.DbDataReader> result, CancellationToken cancellationToken = default)
        {
            Step();
            return ValueTask.FromResult(result);
        }

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
            System.Data.Common.DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            Step();
            return ValueTask.FromResult(result);
        }

        private void Step()
        {
            if (_left <= 0)
            {
                throw new BrokenException();
            }

            _left--;
        }

        internal sealed class DyingTransactions(DyingProcess process) : DbTransactionInterceptor
        {
            public override ValueTask<InterceptionResult> TransactionCommittingAsync(
                System.Data.Common.DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
            {
                process.Step();
                return ValueTask.FromResult(result);
            }

            public override Task TransactionCommittedAsync(
                System.Data.Common.DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
            {
                process.Step();
                return Task.CompletedTask;
            }
        }
    }
}
