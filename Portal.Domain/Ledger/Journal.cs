using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;

namespace Portal.Domain.Ledger;

/// <summary>Books what happens to invoices. The caller's transaction stores the fact and its entries together, or neither.</summary>
internal static class Journal
{
    /// <summary>An invoice or credit note was issued. A sum of nothing leaves no entry.</summary>
    public static void Issued(PortalDb db, Invoice invoice)
    {
        var fact = invoice.Kind == InvoiceKind.CreditNote ? LedgerFact.CreditNoteIssued : LedgerFact.InvoiceIssued;
        Post(db, invoice, fact, invoice.Id, invoice.IssuedAt!.Value, LedgerAccount.Receivable,
            (invoice.Corrects ?? invoice).Kind == InvoiceKind.CreditTopup ? LedgerAccount.DeferredRevenue : LedgerAccount.Revenue, invoice.Total - invoice.Tax);
        Post(db, invoice, fact, invoice.Id, invoice.IssuedAt.Value, LedgerAccount.Receivable, LedgerAccount.TaxPayable, invoice.Tax);
        Post(db, invoice, fact, invoice.Id, invoice.IssuedAt.Value, LedgerAccount.PromotionalCredit, LedgerAccount.Revenue, invoice.Credits);
    }

    /// <summary>Money came in. Where the invoice had been given up, that is taken back for as much.</summary>
    public static void Received(PortalDb db, Invoice invoice, Payment payment)
    {
        var from = payment.Method == Payment.Prepaid ? LedgerAccount.DeferredRevenue : LedgerAccount.Cash;
        Post(db, invoice, LedgerFact.PaymentReceived, payment.Id, payment.ReceivedAt, from, LedgerAccount.Receivable, payment.Amount);
        if (invoice.WrittenOffAt is not null)
        {
            Post(db, invoice, LedgerFact.WriteOffReversed, payment.Id, payment.ReceivedAt, LedgerAccount.Receivable, LedgerAccount.BadDebt, payment.Amount);
        }
    }

    /// <summary>A credit note took something off an invoice that had been given up: as much of that is taken back.</summary>
    public static void Offset(PortalDb db, Invoice invoice, Payment payment)
    {
        if (invoice.WrittenOffAt is not null)
        {
            Post(db, invoice, LedgerFact.WriteOffReversed, payment.Id, payment.ReceivedAt, LedgerAccount.Receivable, LedgerAccount.BadDebt, payment.Amount);
        }
    }

    /// <summary>Money went back: for a credit note, which is settled by it, or for an invoice that is owed again.</summary>
    public static void Refunded(PortalDb db, Invoice document, Guid refundId, long amount, DateTimeOffset now) =>
        Post(db, document, LedgerFact.Refunded, refundId, now, LedgerAccount.Receivable, LedgerAccount.Cash, amount);

    /// <summary>What is still due of an invoice was given up.</summary>
    public static void WrittenOff(PortalDb db, Invoice invoice) =>
        Post(db, invoice, LedgerFact.WrittenOff, invoice.Id, invoice.WrittenOffAt!.Value, LedgerAccount.BadDebt, LedgerAccount.Receivable, invoice.Due);

    /// <summary>Credits were granted or have expired. Prepaid ones are owed until they are used, and were paid for, or are made of a credit note; promotional ones cost what they promise.</summary>
    public static void Moved(PortalDb db, CreditGrant grant, CreditMove move)
    {
        if (move.Kind == CreditMoveKind.Granted && (grant.InvoiceId ?? grant.RolledFrom) is not null)
        {
            // An invoice that sold them was booked by itself; what was rolled over is owed as before.
            return;
        }

        var (from, to) = grant.Kind == CreditKind.Prepaid
            ? (grant.CreditNoteId is null ? LedgerAccount.Cash : LedgerAccount.Receivable, LedgerAccount.DeferredRevenue)
            : (LedgerAccount.PromotionalExpense, LedgerAccount.PromotionalCredit);
        var isExpired = move.Kind == CreditMoveKind.Expired;
        var lost = grant.Kind == CreditKind.Prepaid ? LedgerAccount.Revenue : LedgerAccount.PromotionalExpense;
        db.LedgerEntries.Add(new LedgerEntry
        {
            CustomerId = grant.CustomerId,
            Fact = isExpired ? LedgerFact.CreditsExpired : LedgerFact.CreditsGranted,
            Source = move.Id,
            Document = grant.Name ?? "Credits",
            At = move.At,
            Currency = grant.Currency,
            Debit = isExpired ? to : from,
            Credit = isExpired ? lost : to,
            Amount = move.Amount,
        });
    }

    /// <summary>Books an amount; one below zero goes the other way round.</summary>
    private static void Post(
        PortalDb db, Invoice invoice, LedgerFact fact, Guid source, DateTimeOffset at, LedgerAccount debit, LedgerAccount credit, long amount)
    {
        if (amount == 0)
        {
            return;
        }

        db.LedgerEntries.Add(new LedgerEntry
        {
            CustomerId = invoice.CustomerId,
            Fact = fact,
            Source = source,
            InvoiceId = invoice.Id,
            Document = invoice.Number!,
            At = at,
            Currency = invoice.Currency,
            Debit = amount > 0 ? debit : credit,
            Credit = amount > 0 ? credit : debit,
            Amount = Math.Abs(amount),
        });
    }
}
