using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Reminds of invoices that were not paid in time, once each; after the grace it refuses access until they are paid.</summary>
public sealed class OverdueRun(IDbContextFactory<PortalDb> databases, Register register, InvoiceMail mails, OutboxBell bell, BusinessClock clock) : IClockWork
{
    private const int InvoicesPerTransaction = 100;
    private const int CustomersPerRun = 10_000;

    /// <inheritdoc />
    /// <remarks>One whose charge is held up, because its customer is parked or the gateway is ahead, is not reminded of: nothing is due here then.</remarks>
    public DueQuestion NextDue() => DueQuestion.Of($"""
        SELECT min(CASE
            WHEN invoice.overdue_notice_at IS NULL THEN CASE WHEN invoice.charge_at IS NULL OR invoice.charge_at > {clock.GetUtcNow()} THEN greatest(invoice.due_at, invoice.promised_until) END
            WHEN customer.restricted_at IS NULL THEN greatest(invoice.overdue_notice_at + {Restriction.Grace}, invoice.promised_until) END)
        FROM invoices invoice JOIN customers customer ON customer.id = invoice.customer_id
        WHERE invoice.status = 'Finalized' AND invoice.paid < invoice.total AND invoice.open_charge_id IS NULL
        """);

    /// <inheritdoc />
    public async Task<JobOutcome> Run(CancellationToken cancellation)
    {
        var reminded = 0;
        while (await Remind(cancellation) is > 0 and var more)
        {
            reminded += more;
        }

        return JobOutcome.Of(reminded + await ChangeAccess(cancellation));
    }

    private async Task<int> Remind(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var now = clock.GetUtcNow();

        // One that is charged now is not reminded of before that has failed.
        var overdue = await db.Invoices.FromSql($"""
            SELECT *, xmin FROM invoices
            WHERE status = 'Finalized' AND paid < total AND open_charge_id IS NULL AND (charge_at IS NULL OR charge_at > {now})
            AND due_at <= {now} AND overdue_notice_at IS NULL AND (promised_until IS NULL OR promised_until <= {now})
            ORDER BY due_at, id LIMIT {InvoicesPerTransaction} FOR UPDATE SKIP LOCKED
            """).Include(invoice => invoice.Customer).ToListAsync(cancellation);
        foreach (var invoice in overdue)
        {
            var mail = mails.Overdue(invoice, now + Restriction.Grace, now);
            invoice.OverdueNoticeAt = now;
            db.Outbox.Add(mail);
            db.Alerts.Add(InvoiceMail.AlertOf(invoice, mail, now));
            db.AuditEntries.Add(AuditEntry.Of(
                Actor.System, now, invoice.CustomerId, "invoice.overdue", invoice.Number!, AmountText.Of(invoice, invoice.Due)));
        }

        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        if (overdue.Count > 0)
        {
            bell.Ring();
        }

        return overdue.Count;
    }

    /// <summary>Refuses access where the grace is over, and opens it where all has been settled in another way than by a payment.</summary>
    private async Task<int> ChangeAccess(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var now = clock.GetUtcNow();
        var holding = Restriction.Holding(db, now);
        var changed = await db.Customers
            .Where(customer => (customer.RestrictedAt == null) == holding.Any(invoice => invoice.CustomerId == customer.Id))
            .OrderBy(customer => customer.Id).Take(CustomersPerRun).Select(customer => customer.Id).ToListAsync(cancellation);
        foreach (var id in changed)
        {
            await ChangeAccess(id, cancellation);
        }

        return changed.Count;
    }

    private async Task ChangeAccess(int customerId, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var customer = await db.Customers.SingleAsync(candidate => candidate.Id == customerId, cancellation);
        await Restriction.Apply(db, customer, Actor.System, clock.GetUtcNow(), cancellation);
        await register.Save(db, () => RegisterChange.Of(customer), cancellation);
    }
}
