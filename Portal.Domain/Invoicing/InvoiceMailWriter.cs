using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Sends the mail of an issued invoice again, to the addresses that invoices go to by now: for whoever never got it, or moved.</summary>
public sealed class InvoiceMailWriter(IDbContextFactory<PortalDb> databases, InvoiceReader reader, InvoiceMail mails, OutboxBell bell, BusinessClock clock)
{
    /// <summary>Queues the mail. It says what the invoice comes to and what is open of it by now; its link leads to the document, which never changes.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="reference">The invoice's id or number.</param>
    /// <param name="sending">Tells this sending from others: asked for twice, it is sent once.</param>
    /// <param name="cancellation">Gives up; nothing is sent then.</param>
    /// <returns>The addresses.</returns>
    /// <exception cref="Refusal">NotFound; Forbidden; Conflict where it is not issued.</exception>
    public async Task<IReadOnlyList<string>> Resend(Actor actor, string reference, Guid sending, CancellationToken cancellation)
    {
        var id = (await reader.Find(actor, Permission.ManageInvoices, reference, cancellation)).Id;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);

        // Two of the same sending come one after the other.
        await db.Database.ExecuteSqlAsync($"SELECT id FROM invoices WHERE id = {id} FOR UPDATE", cancellation);
        var invoice = await reader.Stored(id, cancellation);
        InvoiceWriter.MustBeIssued(invoice, "mailed");
        var now = clock.GetUtcNow();
        var mailed = mails.Issued(invoice, now, sending).ToList();
        var addresses = mailed.ConvertAll(mail => mail.To);
        var first = mailed[0].MessageId;
        if (await db.Outbox.AnyAsync(mail => mail.MessageId == first, cancellation))
        {
            return addresses;
        }

        db.Outbox.AddRange(mailed);
        db.AuditEntries.Add(AuditEntry.Of(actor, now, invoice.CustomerId, "invoice.resent", invoice.Number!, string.Join(", ", addresses)));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        bell.Ring();
        return addresses;
    }
}
