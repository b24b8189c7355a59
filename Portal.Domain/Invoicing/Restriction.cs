using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;

namespace Portal.Domain.Invoicing;

/// <summary>Refuses a customer's access while an invoice stays unpaid beyond its grace, and opens it once it is paid.</summary>
internal static class Restriction
{
    /// <summary>How long after the first warning an unpaid invoice begins to refuse access.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromDays(3);

    /// <summary>The invoices that refuse access at an instant: also those that no retry could collect, until they are paid or written off; not while a promise to pay holds.</summary>
    public static IQueryable<Invoice> Holding(PortalDb db, DateTimeOffset now)
    {
        var remindedBefore = now - Grace;
        return db.Invoices.Where(invoice =>
            (invoice.Status == InvoiceStatus.Finalized || invoice.Status == InvoiceStatus.Uncollectible) && invoice.WrittenOffAt == null
            && invoice.Paid < invoice.Total && invoice.OverdueNoticeAt <= remindedBefore
            && (invoice.PromisedUntil == null || invoice.PromisedUntil <= now));
    }

    /// <summary>Refuses or opens a customer's access as its invoices stand. The caller saves, and tells the register.</summary>
    public static async Task Apply(PortalDb db, Customer customer, Actor actor, DateTimeOffset now, CancellationToken cancellation)
    {
        // Under the customer's lock: a payment that comes in at the same moment is seen by one of the two.
        await db.Database.ExecuteSqlAsync($"SELECT id FROM customers WHERE id = {customer.Id} FOR NO KEY UPDATE", cancellation);
        await db.Entry(customer).ReloadAsync(cancellation);
        var holding = await Holding(db, now).Where(invoice => invoice.CustomerId == customer.Id)
            .OrderBy(invoice => invoice.DueAt).Select(invoice => invoice.Number).FirstOrDefaultAsync(cancellation);
        if ((holding is null) == (customer.RestrictedAt is null))
        {
            return;
        }

        customer.RestrictedAt = holding is null ? null : now;
        db.AuditEntries.Add(holding is null
            ? AuditEntry.Of(actor, now, customer.Id, "access.opened", customer.Key, "What was overdue is paid.")
            : AuditEntry.Of(actor, now, customer.Id, "access.restricted", customer.Key, $"Invoice {holding} is unpaid."));
    }
}
