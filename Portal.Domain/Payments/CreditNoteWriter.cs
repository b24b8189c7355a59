using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>Writes credit notes by hand. What a note takes back is first taken off what is owed for its invoice; the rest is refunded, turned into credits, or taken off what else is owed.</summary>
public sealed class CreditNoteWriter(
    IDbContextFactory<PortalDb> databases, Register register, InvoiceReader reader, InvoiceIssuer issuer, RefundWriter refunds, OutboxBell bell, BusinessClock clock)
{
    /// <summary>Issues a credit note on an invoice, and mails it. A second one can take back what the first one left, never more.</summary>
    /// <param name="actor">Who corrects it.</param>
    /// <param name="reference">The invoice's id or number.</param>
    /// <param name="order">What is taken back.</param>
    /// <param name="cancellation">Gives up; nothing is stored then.</param>
    /// <returns>The note.</returns>
    /// <exception cref="InvalidInputException">Where it is more than is left, or makes no sense.</exception>
    /// <exception cref="Refusal">NotFound; Forbidden; Conflict where it is not issued, takes back nothing itself, is being charged, or no payment of it can be given back.</exception>
    public async Task<Invoice> Write(Actor actor, string reference, CreditNoteOrder order, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(order);
        var id = (await reader.Find(actor, Permission.ManageInvoices, reference, cancellation)).Id;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var invoice = await Lock(db, id, cancellation);
        var sold = await SoldBy(db, invoice, order, cancellation);
        var left = Creditable.Of(invoice, sold);
        MustLeaveSomething(left, invoice, sold);
        var now = clock.GetUtcNow();
        var note = CreditNoteDraft.Of(invoice, order.On(left, Currency.Of(invoice.Currency)), order.Reason, order.Settlement, now);
        var rest = -note.Total - Math.Max(0, invoice.Due);
        var paid = order.Settlement == NoteSettlement.Refund && rest > 0 ? await RefundWriter.PaymentFor(db, invoice, rest, cancellation) : null;

        db.Invoices.Add(note);
        await db.SaveChangesAsync(cancellation);
        await issuer.Issue(db, [note], actor, cancellation);
        if (sold is not null)
        {
            await CreditReturn.Take(db, sold, note, now, cancellation);
        }

        var refund = paid is null ? null : RefundWriter.Begin(db, invoice, note, paid, rest, order.Reason, actor, now);
        if (order.Settlement == NoteSettlement.Credits && note.Due < 0)
        {
            TurnIntoCredits(db, note, actor, now);
        }

        db.AuditEntries.Add(AuditEntry.Of(
            actor, now, invoice.CustomerId, "invoice.credited", invoice.Number!, $"{note.Number} over {AmountText.Of(note, -note.Total)} {order.Reason}".Trim()));
        await db.SaveChangesAsync(cancellation);
        await Restriction.Apply(db, invoice.Customer, actor, now, cancellation);
        await register.Save(db, () => RegisterChange.Of(invoice.Customer), cancellation);
        bell.Ring();
        if (refund is { IsOpen: true })
        {
            await refunds.Ask(refund, cancellation);
        }

        return await reader.Stored(note.Id, cancellation);
    }

    private static async Task<Invoice> Lock(PortalDb db, Guid id, CancellationToken cancellation)
    {
        var invoice = await db.Invoices.FromSql($"SELECT *, xmin FROM invoices WHERE id = {id} FOR UPDATE").AsSplitQuery()
            .Include(candidate => candidate.Customer).Include(candidate => candidate.Lines.OrderBy(line => line.N)).Include(candidate => candidate.Payments)
            .Include(candidate => candidate.CreditNotes).ThenInclude(note => note.Lines)
            .SingleAsync(cancellation);
        InvoiceWriter.MustBeIssued(invoice, "corrected by a credit note");
        if (invoice.Kind is InvoiceKind.CreditNote)
        {
            throw Refusal.Conflict("is_credit_note", $"{invoice.Number} is a credit note itself: it takes back nothing that could be given back. Write the note on the invoice.");
        }

        if (invoice.OpenChargeId is not null)
        {
            throw Refusal.Conflict("charge_open", $"Invoice {invoice.Number} is being charged, and the outcome is not known yet. Wait until it is: then it is clear what has to go back.");
        }

        return invoice;
    }

    /// <summary>The credits that an invoice sold, under their row's lock; null where it sold none.</summary>
    private static async Task<CreditGrant?> SoldBy(PortalDb db, Invoice invoice, CreditNoteOrder order, CancellationToken cancellation)
    {
        if (invoice.Kind is not InvoiceKind.CreditTopup)
        {
            return null;
        }

        return order.Settlement is NoteSettlement.Credits
            ? throw InvalidInputException.At("settlement", $"Invoice {invoice.Number} sold credits, and they are what is taken back: choose 'refund', or 'offset' to take the money off other invoices.")
            : await db.CreditGrants.FromSql($"SELECT * FROM credit_grants WHERE invoice_id = {invoice.Id} FOR UPDATE").SingleAsync(cancellation);
    }

    private static void MustLeaveSomething(Creditable left, Invoice invoice, CreditGrant? sold)
    {
        if (left.TotalLeft <= 0)
        {
            throw Refusal.Conflict("nothing_to_credit", sold is null
                ? $"Nothing is left to take back of invoice {invoice.Number}: its credit notes, or its own total, leave nothing."
                : $"Nothing is left of the {AmountText.Of(invoice, sold.Amount)} of credits that invoice {invoice.Number} sold: they are used, or were taken back. Write the note on an invoice that they paid.");
        }
    }

    /// <summary>Prepaid credits for what is left of a note: the customer is owed the same, in another form.</summary>
    private static void TurnIntoCredits(PortalDb db, Invoice note, Actor actor, DateTimeOffset now)
    {
        var amount = -note.Due;
        CreditWriter.Add(db, actor, new CreditGrant
        {
            CustomerId = note.CustomerId,
            Kind = CreditKind.Prepaid,
            Name = $"Credit note {note.Number}",
            Currency = note.Currency,
            Amount = amount,
            Left = amount,
            Priority = CreditGrant.PriorityDefault,
            AppliesTo = [],
            CreditNoteId = note.Id,
            GrantedAt = now,
            GrantedBy = actor.Name,
        }, note.Customer.Key);
        note.GiveBack(amount);
    }
}
