using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Ledger;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What people do to an invoice: issue or withdraw a draft, record money that came in by bank, give it up.</summary>
public sealed class InvoiceWriter(
    IDbContextFactory<PortalDb> databases, Register register, InvoiceReader reader, InvoiceIssuer issuer, OutboxBell bell, BusinessClock clock)
{
    /// <summary>Issues a draft now, without waiting for late events.</summary>
    /// <exception cref="Refusal">NotFound; Forbidden; Conflict where it is no draft, or there is nothing to bill.</exception>
    public async Task<Invoice> Finalize(Actor actor, string reference, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var draft = await LockDraft(db, actor, reference, "finalized", cancellation);
        await using var basis = await issuer.Gather(db, [draft], cancellation);
        if (!await issuer.Remake(db, draft, basis, cancellation))
        {
            throw Refusal.Conflict("nothing_to_bill", $"There is nothing to bill for the period from {draft.PeriodStart:yyyy-MM-dd}. The draft goes away by itself.");
        }

        await db.SaveChangesAsync(cancellation);
        await issuer.Issue(db, [draft], actor, cancellation);
        await transaction.CommitAsync(cancellation);
        bell.Ring();
        return await reader.Stored(draft.Id, cancellation);
    }

    /// <summary>Withdraws a draft: what it would have billed is not billed. An issued invoice is corrected by a credit note instead.</summary>
    /// <exception cref="Refusal">NotFound; Forbidden; Conflict where it is no draft.</exception>
    public async Task<Invoice> Void(Actor actor, string reference, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var draft = await LockDraft(db, actor, reference, "voided", cancellation);
        draft.Status = InvoiceStatus.Void;
        db.AuditEntries.Add(AuditEntry.Of(
            actor, clock.GetUtcNow(), draft.CustomerId, "invoice.voided", draft.Id.ToString(), AmountText.Of(draft, draft.Total)));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return await reader.Stored(draft.Id, cancellation);
    }

    /// <summary>Records money that came in by bank, in full or part. In full, access that was refused for it opens at once.</summary>
    /// <param name="actor">Who records it.</param>
    /// <param name="reference">The invoice's id or number.</param>
    /// <param name="received">What came in.</param>
    /// <param name="cancellation">Gives up; nothing is stored then.</param>
    /// <exception cref="InvalidInputException">Where the amount is not above zero, more than is due, or finer than the currency.</exception>
    /// <exception cref="Refusal">NotFound; Forbidden; Conflict where it is not issued, or paid already.</exception>
    public async Task<Invoice> RecordPayment(Actor actor, string reference, ReceivedPayment received, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(received);
        var id = (await reader.Find(actor, Permission.ManageInvoices, reference, cancellation)).Id;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var invoice = await LockOpen(db, id, "Record the transfer on the invoice that it names.", cancellation);

        var now = clock.GetUtcNow();
        var amount = received.MinorUnits(new Money(invoice.Due, Currency.Of(invoice.Currency)), now);
        var payment = new Payment
        {
            Amount = amount,
            Method = Payment.BankTransfer,
            Reference = received.Reference,
            ReceivedAt = received.ReceivedAt ?? now,
            RecordedBy = actor.Name,
        };
        invoice.Receive(payment);
        Journal.Received(db, invoice, payment);
        if (invoice.Status == InvoiceStatus.Paid)
        {
            db.WebhookEvents.Add(InvoiceNews.Of(WebhookTypes.InvoicePaid, invoice, now));
        }

        db.AuditEntries.Add(AuditEntry.Of(
            actor, now, invoice.CustomerId, "invoice.payment_recorded", invoice.Number!, $"{AmountText.Of(invoice, amount)} {received.Reference}".Trim()));
        await db.SaveChangesAsync(cancellation);
        await Restriction.Apply(db, invoice.Customer, actor, now, cancellation);
        await register.Save(db, () => RegisterChange.Of(invoice.Customer), cancellation);
        return await reader.Stored(invoice.Id, cancellation);
    }

    /// <summary>Gives up what is still due of an invoice: nothing more is tried, it refuses access no longer, and the books call it a bad debt. Money that still comes in can be recorded.</summary>
    /// <exception cref="Refusal">NotFound; Forbidden; Conflict where nothing is due, or it was given up before.</exception>
    public async Task<Invoice> WriteOff(Actor actor, string reference, CancellationToken cancellation)
    {
        var id = (await reader.Find(actor, Permission.ManageInvoices, reference, cancellation)).Id;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var invoice = await LockOpen(db, id, "There is nothing to give up.", cancellation);
        if (invoice.WrittenOffAt is not null)
        {
            throw Refusal.Conflict("already_written_off", $"Invoice {invoice.Number} was written off before.");
        }

        var now = clock.GetUtcNow();
        (invoice.Status, invoice.WrittenOffAt, invoice.ChargeAt) = (InvoiceStatus.Uncollectible, now, null);
        Journal.WrittenOff(db, invoice);
        db.AuditEntries.Add(AuditEntry.Of(actor, now, invoice.CustomerId, "invoice.written_off", invoice.Number!, AmountText.Of(invoice, invoice.Due)));
        await db.SaveChangesAsync(cancellation);
        await Restriction.Apply(db, invoice.Customer, actor, now, cancellation);
        await register.Save(db, () => RegisterChange.Of(invoice.Customer), cancellation);
        return await reader.Stored(invoice.Id, cancellation);
    }

    /// <summary>An issued invoice of which something is due, locked, with its customer.</summary>
    private static async Task<Invoice> LockOpen(PortalDb db, Guid id, string otherwise, CancellationToken cancellation)
    {
        var invoice = await db.Invoices.FromSql($"SELECT *, xmin FROM invoices WHERE id = {id} FOR UPDATE")
            .Include(candidate => candidate.Customer).SingleAsync(cancellation);
        MustBeIssued(invoice, "settled");
        if (invoice.OpenChargeId is not null)
        {
            throw Refusal.Conflict("charge_open", invoice.Kind is InvoiceKind.CreditNote
                ? $"Credit note {invoice.Number} is being paid out, and the outcome is not known yet. Wait until it is."
                : $"Invoice {invoice.Number} is being charged, and the outcome is not known yet. Wait until it is: the same money must not be taken twice.");
        }

        return invoice.Due > 0 ? invoice
            : throw Refusal.Conflict("already_paid", invoice.Kind is InvoiceKind.CreditNote
                ? $"{invoice.Number} is a credit note: nothing is due for it from the customer. {otherwise}"
                : $"Invoice {invoice.Number} is paid in full: nothing is due. {otherwise}");
    }

    /// <summary>The draft, locked with all other drafts of its customer: what one bills decides what is left for the next.</summary>
    private async Task<Invoice> LockDraft(PortalDb db, Actor actor, string reference, string done, CancellationToken cancellation)
    {
        var found = await reader.Find(actor, Permission.ManageInvoices, reference, cancellation);
        var drafts = await db.Invoices.FromSql($"""
            SELECT *, xmin FROM invoices WHERE customer_id = {found.CustomerId} AND status = 'Draft' AND kind <> 'CreditTopup' ORDER BY id FOR UPDATE
            """).Include(invoice => invoice.Customer).ToListAsync(cancellation);
        if (found.IsOpenPurchase)
        {
            throw Refusal.Conflict("purchase_open", $"Invoice '{reference}' sells credits, and its charge decides: it is issued when the money has come in, and goes away where it does not.");
        }

        return drafts.Find(draft => draft.Id == found.Id)
            ?? throw Refusal.Conflict("not_a_draft", $"Invoice '{reference}' is no draft any more, so it cannot be {done}. An issued invoice is corrected by a credit note.");
    }

    /// <summary>Refuses what cannot be done to a draft, or to one that was withdrawn.</summary>
    internal static void MustBeIssued(Invoice invoice, string done)
    {
        switch (invoice.Status)
        {
            case InvoiceStatus.Draft:
                throw Refusal.Conflict("not_finalized", $"Invoice '{invoice.Id}' is a draft, so it cannot be {done} yet. Finalize it first.");
            case InvoiceStatus.Void:
                throw Refusal.Conflict("voided", $"Invoice '{invoice.Id}' was withdrawn, so it cannot be {done}. Nothing is owed for it.");
            case InvoiceStatus.Finalized or InvoiceStatus.Paid or InvoiceStatus.Uncollectible:
                break;
        }
    }
}

/// <summary>Money that came in by bank.</summary>
/// <param name="Amount">In the invoice's currency, major units; null for all that is due.</param>
/// <param name="Reference">What the bank statement says; null where nothing.</param>
/// <param name="ReceivedAt">When it came in; null for now.</param>
public sealed record ReceivedPayment(decimal? Amount, string? Reference, DateTimeOffset? ReceivedAt)
{
    private const int ReferenceMax = 200;

    /// <summary>The amount in minor units, which fits what is due.</summary>
    internal long MinorUnits(Money due, DateTimeOffset now)
    {
        var errors = new FieldErrors();
        PlainText.CheckOptional(Reference, "reference", ReferenceMax, errors);
        if (ReceivedAt > now)
        {
            errors.Add("receivedAt", "It has not come in yet: give an instant that has passed, or leave it out for now.");
        }

        if (Amount is { } amount)
        {
            if (amount <= 0 || amount > due.Amount)
            {
                errors.Add("amount", $"Give an amount above 0, and at most the {due} that are due; leave it out for all of it.");
            }
            else if (Money.Round(amount, due.Currency).Amount != amount)
            {
                errors.Add("amount", $"{due.Currency.Code} has {due.Currency.Digits} digits after the point: give the amount that came in, not a finer one.");
            }
        }

        errors.ThrowIfAny();
        return Amount is { } checkedAmount ? Money.Round(checkedAmount, due.Currency).Minor : due.Minor;
    }
}
