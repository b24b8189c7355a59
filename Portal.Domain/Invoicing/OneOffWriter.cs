using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What is billed by hand: a text and an amount before tax, in major units of the customer's currency.</summary>
/// <param name="Description">What the customer reads.</param>
/// <param name="Amount">Below zero for what is taken off.</param>
public sealed record OneOffTerms(string Description, decimal Amount)
{
    private const int DescriptionMax = 200;
    private const decimal Most = 10_000_000;

    internal void Check(string path, Currency currency, FieldErrors errors)
    {
        PlainText.Check(Description, FieldErrors.Path(path, "description"), DescriptionMax, errors);
        if (Amount == 0 || Math.Abs(Amount) > Most)
        {
            errors.Add(FieldErrors.Path(path, "amount"), $"Give an amount other than 0, and at most {DecimalText.Format(Most)}; below 0 for what is taken off.");
        }
        else if (Money.Round(Amount, currency).Amount != Amount)
        {
            errors.Add(FieldErrors.Path(path, "amount"), $"{currency.Code} has {currency.Digits} digits after the point: give no finer amount.");
        }
    }
}

/// <summary>Bills what no price asks for: on the next invoice of a customer, or on one of its own.</summary>
public sealed class OneOffWriter(
    IDbContextFactory<PortalDb> databases, Register register, DraftReader drafts, InvoiceIssuer issuer, InvoiceReader invoices, OutboxBell bell, BusinessClock clock)
{
    private const int LinesMax = 100;

    /// <summary>What waits for a customer's next invoice, the oldest first.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<IReadOnlyList<OneOffLine>> Waiting(Actor actor, string customerKey, CancellationToken cancellation)
    {
        var id = register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer.Id;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await Waiting(db, [id], drafts: []).ToListAsync(cancellation);
    }

    /// <summary>Puts a line on the customer's next invoice, the one that closes its period.</summary>
    /// <exception cref="InvalidInputException">Where a field makes no sense.</exception>
    /// <exception cref="Refusal">NotFound; Forbidden; Conflict where no subscription runs, so that there is no next invoice.</exception>
    public async Task<OneOffLine> Add(Actor actor, string customerKey, OneOffTerms terms, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(terms);
        var entry = register.Now.Customer(actor, Permission.ManageInvoices, customerKey);
        var (customer, now) = (entry.Customer, clock.GetUtcNow());
        var currency = Currency.Of(customer.Currency);
        var errors = new FieldErrors();
        terms.Check("", currency, errors);
        errors.ThrowIfAny();
        if (entry.Subscription is not { } subscription || subscription.EndsAt <= now)
        {
            throw Refusal.Conflict("no_subscription", $"Customer '{customerKey}' has no running subscription, so no invoice is to come. Bill it on an invoice of its own.");
        }

        var line = new OneOffLine
        {
            CustomerId = customer.Id, Description = terms.Description, Amount = Money.Round(terms.Amount, currency).Minor, Currency = currency.Code, AddedAt = now, AddedBy = actor.Name,
        };
        await using var db = await databases.CreateDbContextAsync(cancellation);
        db.OneOffLines.Add(line);
        db.AuditEntries.Add(AuditEntry.Of(actor, now, customer.Id, "one_off.added", customer.Key, $"{Money.Round(terms.Amount, currency)} {terms.Description}"));
        await db.SaveChangesAsync(cancellation);
        return line;
    }

    /// <summary>Takes a line back that waits.</summary>
    /// <exception cref="Refusal">NotFound where no such line waits; Forbidden.</exception>
    public async Task Remove(Actor actor, string customerKey, Guid line, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageInvoices, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await Lock(db, [customer.Id], cancellation);
        var found = await Waiting(db, [customer.Id], drafts: []).SingleOrDefaultAsync(waiting => waiting.Id == line, cancellation) ?? throw Refusal.NotFound("line that waits", line.ToString());
        await db.OneOffLines.Where(waiting => waiting.Id == line).ExecuteDeleteAsync(cancellation);
        db.AuditEntries.Add(AuditEntry.Of(
            actor, clock.GetUtcNow(), customer.Id, "one_off.removed", customer.Key, $"{new Money(found.Amount, Currency.Of(found.Currency))} {found.Description}"));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Bills lines on an invoice of their own, issued at once, and charged or sent as was agreed.</summary>
    /// <exception cref="InvalidInputException">Where a field makes no sense, or nothing is to be paid.</exception>
    /// <exception cref="Refusal">NotFound; Forbidden.</exception>
    public async Task<Invoice> Bill(Actor actor, string customerKey, IReadOnlyList<OneOffTerms> lines, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var entry = register.Now.Customer(actor, Permission.ManageInvoices, customerKey);
        var (currency, now) = (Currency.Of(entry.Customer.Currency), clock.GetUtcNow());
        var errors = new FieldErrors();
        if (lines.Count is 0 or > LinesMax)
        {
            errors.Add("lines", $"Give 1 to {LinesMax} lines.");
        }

        foreach (var (i, line) in lines.Index())
        {
            line.Check(string.Create(CultureInfo.InvariantCulture, $"lines[{i}]"), currency, errors);
        }

        errors.ThrowIfAny();
        if (lines.Sum(line => line.Amount) <= 0)
        {
            throw InvalidInputException.At("lines", "They come to nothing, or to less. What is given back stands on the next invoice, or on a credit note.");
        }

        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var customer = await db.Customers.SingleAsync(found => found.Id == entry.Customer.Id, cancellation);
        var terms = BillingSegment.TermsAt(entry with { Customer = customer }, now, register.Now.Card) ?? BillingTerms.Default;
        var invoice = SingleInvoice.Draft(
            InvoiceKind.OneOff, customer, terms, SingleInvoice.DayOf(now, customer), [.. lines.Select(line => (line.Description, Money.Round(line.Amount, currency)))], now);
        invoice.Take(invoice.Plan(invoice.Lines, [], drafts.TreatmentOf(customer), now));
        db.Invoices.Add(invoice);
        await db.SaveChangesAsync(cancellation);
        await issuer.Issue(db, [invoice], actor, cancellation);
        await transaction.CommitAsync(cancellation);
        bell.Ring();
        return await invoices.Stored(invoice.Id, cancellation);
    }

    /// <summary>What an invoice that closes a period takes along: lines of no invoice, or of one that was withdrawn, and those of the drafts themselves.</summary>
    internal static IQueryable<OneOffLine> Waiting(PortalDb db, int[] customers, Guid[] drafts) => db.OneOffLines.AsNoTracking()
        .Where(line => customers.Contains(line.CustomerId)
            && (line.InvoiceId == null || drafts.Contains(line.InvoiceId.Value) || db.Invoices.Any(invoice => invoice.Id == line.InvoiceId && invoice.Status == InvoiceStatus.Void)))
        .OrderBy(line => line.AddedAt).ThenBy(line => line.Id);

    /// <summary>Holds customers' lines until the caller's transaction ends: what is being issued is not taken back.</summary>
    internal static Task Lock(PortalDb db, int[] customers, CancellationToken cancellation) =>
        db.Database.ExecuteSqlAsync($"SELECT id FROM one_off_lines WHERE customer_id = ANY ({customers}) ORDER BY id FOR UPDATE", cancellation);
}
