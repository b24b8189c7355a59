using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>Notes that a customer has promised to pay an invoice by a day: until then it is neither charged nor reminded of, and refuses no access.</summary>
public sealed class PromiseWriter(IDbContextFactory<PortalDb> databases, Register register, InvoiceReader invoices, BusinessClock clock)
{
    /// <summary>The furthest day that can be agreed.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(90);

    private const int NoteMax = 500;

    /// <summary>Notes a promise, or another one in its place.</summary>
    /// <param name="actor">Who agreed to it.</param>
    /// <param name="reference">The invoice's number or id.</param>
    /// <param name="until">Until when nothing is done, in business time.</param>
    /// <param name="note">What was agreed; null for nothing more.</param>
    /// <param name="cancellation">Gives up before the commit.</param>
    /// <exception cref="InvalidInputException">Where the time has passed or lies too far away, or the note is too long.</exception>
    /// <exception cref="Refusal">NotFound; Forbidden; Conflict where nothing is owed.</exception>
    public Task<Invoice> Make(Actor actor, string reference, DateTimeOffset until, string? note, CancellationToken cancellation)
    {
        var (now, errors) = (clock.GetUtcNow(), new FieldErrors());
        if (until <= now || until > now + LongestWait)
        {
            errors.Add("until", $"Name a time from now on, at most {LongestWait.Days} days away.");
        }

        PlainText.CheckOptional(note, "note", NoteMax, errors);
        errors.ThrowIfAny();
        return Change(actor, reference, until, note, "invoice.promised", cancellation);
    }

    /// <summary>Takes a promise back: what it held up goes on at once.</summary>
    /// <exception cref="Refusal">NotFound; Forbidden; Conflict where nothing is owed.</exception>
    public Task<Invoice> TakeBack(Actor actor, string reference, CancellationToken cancellation) =>
        Change(actor, reference, null, null, "invoice.promise_ended", cancellation);

    private async Task<Invoice> Change(Actor actor, string reference, DateTimeOffset? until, string? note, string action, CancellationToken cancellation)
    {
        var found = await invoices.Find(actor, Permission.ManageInvoices, reference, cancellation);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var invoice = await db.Invoices.FromSql($"SELECT *, xmin FROM invoices WHERE id = {found.Id} FOR UPDATE").Include(stored => stored.Customer).SingleAsync(cancellation);
        if (invoice.Status is not (InvoiceStatus.Finalized or InvoiceStatus.Uncollectible) || invoice.Due <= 0)
        {
            throw Refusal.Conflict("nothing_owed", $"Nothing is owed of invoice {invoice.Number ?? invoice.Id.ToString()}, so there is nothing to promise.");
        }

        var now = clock.GetUtcNow();
        (invoice.PromisedUntil, invoice.PromiseNote) = (until, note);
        db.AuditEntries.Add(AuditEntry.Of(actor, now, invoice.CustomerId, action, invoice.Number!,
            until is null ? "" : System.FormattableString.Invariant($"Until {until:yyyy-MM-dd'T'HH:mm'Z'}{(note is null ? "" : ": " + note)}")));
        await db.SaveChangesAsync(cancellation);
        await Restriction.Apply(db, invoice.Customer, actor, now, cancellation);
        await register.Save(db, () => RegisterChange.Of(invoice.Customer), cancellation);
        return invoice;
    }
}
