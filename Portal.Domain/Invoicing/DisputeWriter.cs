using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Takes down what customers ask about their invoices and what the operator answers.</summary>
public sealed class DisputeWriter(IDbContextFactory<PortalDb> databases, InvoiceReader invoices, DisputeMail mails, OutboxBell bell, BusinessClock clock)
{
    private const int TextMax = 2_000;

    /// <summary>Says something about an invoice, or one of its lines: a customer asks, the operator answers. What was asked before and is not closed goes on.</summary>
    /// <param name="actor">Who says it.</param>
    /// <param name="reference">The invoice's id or number.</param>
    /// <param name="line">The line, or <see cref="Dispute.WholeInvoice"/>.</param>
    /// <param name="text">What is said.</param>
    /// <param name="creditNote">The number of the credit note that comes with an answer; null for none.</param>
    /// <param name="cancellation">Gives up; nothing is stored then.</param>
    /// <exception cref="InvalidInputException">Where the text is missing or too long, or there is no such line.</exception>
    /// <exception cref="Refusal">NotFound; Forbidden; Conflict where the invoice is not issued.</exception>
    public async Task<Dispute> Say(Actor actor, string reference, int line, string text, string? creditNote, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(actor);
        ArgumentNullException.ThrowIfNull(text);
        var invoice = await Find(actor, reference, cancellation);
        Check(invoice, line, text);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);

        // Two who begin at once come one after the other: the second one joins what the first one began.
        await db.Database.ExecuteSqlAsync($"SELECT id FROM invoices WHERE id = {invoice.Id} FOR NO KEY UPDATE", cancellation);
        var (now, isOperator) = (clock.GetUtcNow(), actor.CustomerId is null);
        var dispute = await Open(db, invoice.Id, line, cancellation);
        if (dispute is null)
        {
            dispute = new Dispute
            {
                CustomerId = invoice.CustomerId, InvoiceId = invoice.Id, Line = line, State = DisputeState.Open, AskedAt = now, ChangedAt = now,
                Invoice = await Stored(db, invoice.Id, cancellation),
            };
            db.Disputes.Add(dispute);
        }

        var message = new DisputeMessage { FromOperator = isOperator, Author = actor.Name, Text = text.Trim(), CreditNote = creditNote, At = now };
        dispute.Messages.Add(message);
        (dispute.State, dispute.ChangedAt) = (isOperator ? DisputeState.Answered : DisputeState.Open, now);
        foreach (var to in isOperator ? [invoice.Customer.Email] : await Answerers(db, cancellation))
        {
            db.Outbox.Add(mails.Said(dispute, message, to));
        }

        db.AuditEntries.Add(AuditEntry.Of(actor, now, invoice.CustomerId, isOperator ? "dispute.answered" : "dispute.asked", invoice.Number!, NameOf(line)));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        bell.Ring();
        return dispute;
    }

    /// <summary>Closes what was asked about an invoice or a line: either side may. Where nothing is open, nothing is done.</summary>
    /// <exception cref="Refusal">NotFound; Forbidden.</exception>
    public async Task Close(Actor actor, string reference, int line, CancellationToken cancellation)
    {
        var invoice = await Find(actor, reference, cancellation);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        if (await Open(db, invoice.Id, line, cancellation) is not { } dispute)
        {
            return;
        }

        (dispute.State, dispute.ChangedAt) = (DisputeState.Closed, clock.GetUtcNow());
        db.AuditEntries.Add(AuditEntry.Of(actor, dispute.ChangedAt, invoice.CustomerId, "dispute.closed", invoice.Number!, NameOf(line)));
        await db.SaveChangesAsync(cancellation);
    }

    // A customer asks as it pays; the operator answers who may correct.
    private Task<Invoice> Find(Actor actor, string reference, CancellationToken cancellation) =>
        invoices.Find(actor, actor.CustomerId is null ? Permission.ManageInvoices : Permission.ManageBilling, reference, cancellation);

    private static void Check(Invoice invoice, int line, string text)
    {
        InvoiceWriter.MustBeIssued(invoice, "asked about");
        var errors = new FieldErrors();
        PlainText.Check(text.ReplaceLineEndings(" "), "text", TextMax, errors);
        if (line != Dispute.WholeInvoice && invoice.Lines.TrueForAll(candidate => candidate.N != line))
        {
            errors.Add("line", $"Invoice {invoice.Number} has no line {line}. Leave it out to ask about the whole invoice.");
        }

        errors.ThrowIfAny();
    }

    private static string NameOf(int line) => line == Dispute.WholeInvoice ? "the whole invoice" : $"line {line}";

    private static Task<Dispute?> Open(PortalDb db, Guid invoiceId, int line, CancellationToken cancellation) =>
        db.Disputes.Include(dispute => dispute.Messages.OrderBy(message => message.At).ThenBy(message => message.Id))
            .Include(dispute => dispute.Invoice).ThenInclude(invoice => invoice.Customer).Include(dispute => dispute.Invoice).ThenInclude(invoice => invoice.Lines)
            .AsSplitQuery().SingleOrDefaultAsync(dispute => dispute.InvoiceId == invoiceId && dispute.Line == line && dispute.State != DisputeState.Closed, cancellation);

    private static Task<Invoice> Stored(PortalDb db, Guid id, CancellationToken cancellation) =>
        db.Invoices.Include(invoice => invoice.Customer).Include(invoice => invoice.Lines).SingleAsync(invoice => invoice.Id == id, cancellation);

    private static async Task<List<string>> Answerers(PortalDb db, CancellationToken cancellation) =>
        await db.Users.Where(user => (user.OperatorRole == OperatorRole.Admin || user.OperatorRole == OperatorRole.Finance) && user.Email != null)
            .OrderBy(user => user.Email).Select(user => user.Email!).ToListAsync(cancellation);
}
