using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Issues the drafts whose grace is over: lines made anew, then the number, last of all, then the commit.</summary>
public sealed class FinalizeRun(IDbContextFactory<PortalDb> databases, InvoiceIssuer issuer, BillingGuard guard, OutboxBell bell, BusinessClock clock, ILogger<FinalizeRun> log) : IClockWork
{
    private const int InvoicesPerTransaction = 50;
    private const int TransactionsPerRun = 10_000;
    private const int Workers = 3;

    /// <inheritdoc />
    public async Task<DateTimeOffset?> NextDue(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Invoices
            .Where(invoice => invoice.Status == InvoiceStatus.Draft && invoice.Kind != InvoiceKind.CreditTopup && !db.BillingParks.Any(park => park.CustomerId == invoice.CustomerId && park.ReleasedAt == null))
            .MinAsync(invoice => (DateTimeOffset?)invoice.FinalizeAt, cancellation);
    }

    /// <inheritdoc />
    public async Task<JobOutcome> Run(CancellationToken cancellation)
    {
        // Where the first transaction is full, several go on at once, each on what it claims: while one waits for the disk, another one rates.
        var failures = new List<string>();
        var first = await IssueDue(failures, cancellation);
        var workers = first == InvoicesPerTransaction ? Workers : first > 0 ? 1 : 0;
        var rest = await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(() => Work(cancellation), cancellation)));
        return new JobOutcome(first - failures.Count + rest.Sum(outcome => outcome.Done), [.. failures, .. rest.SelectMany(outcome => outcome.Failures)]);
    }

    private async Task<JobOutcome> Work(CancellationToken cancellation)
    {
        var (done, failures) = (0, new List<string>());
        for (var n = 0; n < TransactionsPerRun; n++)
        {
            var claimed = await IssueDue(failures, cancellation);
            if (claimed == 0)
            {
                break;
            }

            done += claimed;
        }

        return new JobOutcome(done - failures.Count, failures);
    }

    private async Task<int> IssueDue(List<string> failures, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var now = clock.GetUtcNow();

        // What sells credits is issued when it is paid. One draft of a customer at a time, the oldest first: what it bills decides what is left for the next.
        var due = await db.Invoices.FromSql($"""
            SELECT *, xmin FROM invoices invoice
            WHERE status = 'Draft' AND kind <> 'CreditTopup' AND finalize_at <= {now} AND NOT EXISTS (
                SELECT FROM invoices older WHERE older.customer_id = invoice.customer_id AND older.status = 'Draft' AND older.kind <> 'CreditTopup' AND older.finalize_at <= {now}
                AND (older.period_end, older.finalize_at, older.id) < (invoice.period_end, invoice.finalize_at, invoice.id))
            AND NOT EXISTS (SELECT FROM billing_parks park WHERE park.customer_id = invoice.customer_id AND park.released_at IS NULL)
            ORDER BY finalize_at, customer_id, id LIMIT {InvoicesPerTransaction} FOR UPDATE SKIP LOCKED
            """)
            .Include(invoice => invoice.Customer)
            .ToListAsync(cancellation);

        var issued = new List<Invoice>();
        await using var basis = await issuer.Gather(db, due, cancellation);
        foreach (var draft in due)
        {
            try
            {
                if (await issuer.Remake(db, draft, basis, cancellation))
                {
                    issued.Add(draft);
                }
            }
            catch (Exception exception) when (BillingFault.Is(exception))
            {
                log.LogError(exception, "The draft {Invoice} of customer {Customer} could not be issued", draft.Id, draft.Customer.Key);
                failures.Add($"Customer '{draft.Customer.Key}': the draft for the period from {draft.PeriodStart:yyyy-MM-dd} could not be issued. {exception.Message}");
                draft.FinalizeAt = now + BillingFault.RetryAfter;
            }
        }

        await db.SaveChangesAsync(cancellation);
        var parks = await guard.Check(db, issued, cancellation);
        issued.RemoveAll(draft => parks.Any(park => park.InvoiceId == draft.Id));
        await db.SaveChangesAsync(cancellation);
        if (issued.Count > 0)
        {
            await issuer.Issue(db, issued, Actor.System, cancellation);
        }

        await transaction.CommitAsync(cancellation);
        if (issued.Count > 0)
        {
            bell.Ring();
        }

        foreach (var park in parks)
        {
            failures.Add($"The billing of a customer is parked. {park.Reason}");
            await guard.Tell(park);
        }

        return due.Count;
    }
}
