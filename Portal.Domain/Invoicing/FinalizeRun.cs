using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Issues the drafts whose grace is over: lines made anew, then the number, last of all, then the commit.</summary>
public sealed class FinalizeRun(
    IDbContextFactory<PortalDb> databases, InvoiceIssuer issuer, BillingGuard guard, OutboxBell bell, AlarmWriter alarms, BusinessClock clock, ILogger<FinalizeRun> log) : IClockWork
{
    /// <inheritdoc />
    public DueQuestion NextDue() => DueQuestion.Of($"""
        SELECT min(finalize_at) FROM invoices WHERE status = 'Draft' AND kind <> 'CreditTopup'
        AND NOT EXISTS (SELECT FROM billing_parks park WHERE park.customer_id = invoices.customer_id AND park.released_at IS NULL)
        """);

    /// <inheritdoc />
    public Task<JobOutcome> Run(CancellationToken cancellation) => new BillingBatches<Guid>(Due, IssueDue, StandAside).Run(cancellation);

    /// <summary>Drafts that are due. What sells credits is issued when it is paid. One draft of a customer at a time, the oldest first: what it bills decides what is left for the next.</summary>
    private async Task<List<Guid>> Due(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var (now, most) = (clock.GetUtcNow(), BillingBatches<Guid>.LookAhead);
        return await db.Database.SqlQuery<Guid>($"""
            SELECT id AS "Value" FROM (
                SELECT DISTINCT ON (customer_id) id, finalize_at, customer_id FROM invoices
                WHERE status = 'Draft' AND kind <> 'CreditTopup' AND finalize_at <= {now}
                AND NOT EXISTS (SELECT FROM billing_parks park WHERE park.customer_id = invoices.customer_id AND park.released_at IS NULL)
                ORDER BY customer_id, period_end, finalize_at, id) oldest
            ORDER BY finalize_at, customer_id, id LIMIT {most}
            """).ToListAsync(cancellation);
    }

    private async Task IssueDue(BillingBatch<Guid> batch, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var now = clock.GetUtcNow();

        // Looked up by key, each with the drafts of its customer: a planner without fresh statistics, as after thousands of drafts at once, cannot choose badly.
        var due = await db.Invoices.FromSql($"""
            SELECT invoice.*, invoice.xmin FROM invoices invoice
            CROSS JOIN LATERAL (
                SELECT older.id FROM invoices older
                WHERE older.customer_id = invoice.customer_id AND older.status = 'Draft' AND older.kind <> 'CreditTopup' AND older.finalize_at <= {now}
                ORDER BY older.period_end, older.finalize_at, older.id LIMIT 1) oldest
            WHERE invoice.id = ANY ({batch.Keys}) AND invoice.status = 'Draft' AND invoice.finalize_at <= {now} AND invoice.id = oldest.id
            AND NOT EXISTS (SELECT FROM billing_parks park WHERE park.customer_id = invoice.customer_id AND park.released_at IS NULL)
            ORDER BY invoice.finalize_at, invoice.customer_id, invoice.id FOR UPDATE OF invoice SKIP LOCKED
            """)
            .Include(invoice => invoice.Customer)
            .ToListAsync(cancellation);
        batch.Taken = due.Count;

        var issued = new List<Invoice>();
        await using var basis = await issuer.Gather(db, due, cancellation);
        foreach (var draft in due)
        {
            if (await issuer.Remake(db, draft, basis, cancellation))
            {
                issued.Add(draft);
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
            batch.Failures.Add($"The billing of a customer is parked. {park.Reason}");
            await guard.Tell(park);
        }
    }

    /// <summary>Lets a draft that cannot be issued wait, so that it does not hold up the rest.</summary>
    private async Task<string> StandAside(Guid id, Exception exception, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var later = clock.GetUtcNow() + BillingFault.RetryAfter;
        await db.Invoices.Where(invoice => invoice.Id == id && invoice.Status == InvoiceStatus.Draft)
            .ExecuteUpdateAsync(rows => rows.SetProperty(invoice => invoice.FinalizeAt, later), cancellation);
        var draft = await db.Invoices.AsNoTracking().Include(invoice => invoice.Customer).SingleAsync(invoice => invoice.Id == id, cancellation);
        log.LogError(exception, "The draft {Invoice} of customer {Customer} could not be issued", draft.Id, draft.Customer.Key);
        var failure = $"Customer '{draft.Customer.Key}': the draft for the period from {draft.PeriodStart:yyyy-MM-dd} could not be issued. {BillingFault.Reason(exception)}";
        await BillingFault.Tell(alarms, draft.Customer, $"A draft of {draft.Customer.Name} cannot be issued.", failure);
        return failure;
    }
}
