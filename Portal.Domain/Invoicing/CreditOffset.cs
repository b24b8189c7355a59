using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;

namespace Portal.Domain.Invoicing;

/// <summary>Takes what credit notes give back off what is owed: oldest first, on both sides. What is left of a note waits for the next invoice.</summary>
internal static class CreditOffset
{
    /// <summary>The credit notes and unpaid invoices of customers, where either is open. One that is being charged pays itself, or is there the next time.</summary>
    public static Task<List<Invoice>> Open(PortalDb db, IReadOnlyList<int> customers, CancellationToken cancellation) =>
        db.Invoices.Where(invoice => customers.Contains(invoice.CustomerId) && invoice.Status == InvoiceStatus.Finalized && invoice.OpenChargeId == null)
            .OrderBy(invoice => invoice.IssuedAt).ThenBy(invoice => invoice.Number)
            .ToListAsync(cancellation);

    /// <summary>Settles open ones with each other.</summary>
    /// <param name="open">Those that were open before, with whom <paramref name="issued"/> joins.</param>
    /// <param name="issued">Those that are being issued.</param>
    /// <param name="now">Business time.</param>
    /// <param name="book">Books what a note pays of an invoice; nothing where it is only foreseen.</param>
    public static void Apply(IReadOnlyList<Invoice> open, IReadOnlyList<Invoice> issued, DateTimeOffset now, Action<Invoice, Payment> book)
    {
        foreach (var customer in open.Concat(issued).Where(invoice => invoice.Status == InvoiceStatus.Finalized).GroupBy(invoice => invoice.CustomerId))
        {
            foreach (var note in customer.Where(invoice => invoice.Due < 0))
            {
                // What a note corrects comes first; where its rest is to be refunded or credited, nothing else does.
                var others = note.Settlement is null or NoteSettlement.Offset ? customer.Where(invoice => invoice != note.Corrects) : [];
                foreach (var invoice in (note.Corrects is { } corrected ? others.Prepend(corrected) : others).Where(invoice => invoice.Due > 0))
                {
                    Settle(note, invoice, now, book);
                }
            }
        }
    }

    private static void Settle(Invoice note, Invoice invoice, DateTimeOffset now, Action<Invoice, Payment> book)
    {
        var amount = Math.Min(-note.Due, invoice.Due);
        if (amount == 0)
        {
            return;
        }

        var payment = new Payment
        {
            Amount = amount,
            Method = Payment.CreditNote,
            Reference = note.Number,
            ReceivedAt = now,
            RecordedBy = Actor.System.Name,
        };
        invoice.Receive(payment);
        book(invoice, payment);
        note.GiveBack(amount);
    }
}
