using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Credits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Reads invoices for a caller who may see them.</summary>
public sealed class InvoiceReader(IDbContextFactory<PortalDb> databases, Register register, DraftReader drafts, CreditReader credits, BusinessClock clock)
{
    /// <summary>Invoices, the newest first, with their lines.</summary>
    /// <exception cref="Refusal">NotFound where the customer asked for is not the caller's; Forbidden.</exception>
    public async Task<IReadOnlyList<Invoice>> List(Actor actor, InvoiceQuery query, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await (await Asked(db, WithAll(db), actor, query, cancellation)).ToListAsync(cancellation);
    }

    /// <summary>The same in short, for whoever does something to many at once.</summary>
    /// <exception cref="Refusal">NotFound where the customer asked for is not the caller's; Forbidden.</exception>
    public async Task<IReadOnlyList<InvoiceRow>> Rows(Actor actor, InvoiceQuery query, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await (await Asked(db, db.Invoices.AsNoTracking(), actor, query, cancellation)).Select(invoice => new InvoiceRow(
            invoice.Id, invoice.Number, invoice.Kind, invoice.Status, invoice.Customer.Key, invoice.Customer.Name, invoice.Currency, invoice.Total)).ToListAsync(cancellation);
    }

    private async Task<IQueryable<Invoice>> Asked(PortalDb db, IQueryable<Invoice> all, Actor actor, InvoiceQuery query, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadBilling);
        var customer = query.Customer is { } key ? register.Now.Customer(actor, Permission.ReadBilling, key).Customer.Id : actor.CustomerId;
        var invoices = all.Where(invoice => invoice.Status != InvoiceStatus.Void || invoice.Lines.Count > 0);
        if (query.Among is { } chosen)
        {
            invoices = invoices.Where(invoice => chosen.Contains(invoice.Id));
        }

        if (customer is { } id)
        {
            invoices = invoices.Where(invoice => invoice.CustomerId == id);
        }

        if (query.Kind is { } kind)
        {
            invoices = invoices.Where(invoice => invoice.Kind == kind);
        }

        if (query.Status is { } status)
        {
            invoices = invoices.Where(invoice => invoice.Status == status);
        }

        if (query.OverdueOnly)
        {
            var now = clock.GetUtcNow();
            invoices = invoices.Where(invoice => invoice.Status == InvoiceStatus.Finalized && invoice.Paid < invoice.Total && invoice.DueAt <= now);
        }

        if (query.After != Guid.Empty)
        {
            var place = await db.Invoices.Where(invoice => invoice.Id == query.After).Select(invoice => (DateTimeOffset?)invoice.DraftedAt).SingleOrDefaultAsync(cancellation)
                ?? throw InvalidInputException.At("after", "This is no place in the list: leave it out for the first page.");
            invoices = invoices.Where(invoice => invoice.DraftedAt < place || (invoice.DraftedAt == place && invoice.Id.CompareTo(query.After) < 0));
        }

        return invoices.OrderByDescending(invoice => invoice.DraftedAt).ThenByDescending(invoice => invoice.Id).Take(query.Take);
    }

    /// <summary>What a customer owes, over all of its invoices.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<Owed> Owed(Actor actor, string customerKey, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var open = await db.Invoices.AsNoTracking()
            .Where(invoice => invoice.CustomerId == customer.Id && invoice.Status == InvoiceStatus.Finalized && invoice.Total > invoice.Paid)
            .Select(invoice => new { Due = invoice.Total - invoice.Paid, invoice.DueAt })
            .ToListAsync(cancellation);
        var (currency, now) = (Currency.Of(customer.Currency), clock.GetUtcNow());
        var overdue = open.Where(invoice => invoice.DueAt <= now).Sum(invoice => invoice.Due);
        return new Owed(new Money(open.Sum(invoice => invoice.Due), currency), new Money(overdue, currency),
            open.Where(invoice => invoice.DueAt > now).Min(invoice => invoice.DueAt));
    }

    /// <summary>One invoice, by its id or number.</summary>
    /// <exception cref="Refusal">NotFound where it is not the caller's; Forbidden.</exception>
    public Task<Invoice> Find(Actor actor, string reference, CancellationToken cancellation) =>
        Find(actor, Permission.ReadBilling, reference, cancellation);

    /// <summary>What the running period would be billed if it ended now as an invoice, which is not stored.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's, or no subscription runs.</exception>
    public async Task<Invoice> Preview(Actor actor, string customerKey, CancellationToken cancellation)
    {
        var customerId = register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer.Id;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var now = clock.GetUtcNow();
        var subscription = await db.Subscriptions.AsNoTracking().Include(candidate => candidate.Phases).Include(candidate => candidate.Customer)
            .Where(candidate => candidate.CustomerId == customerId && candidate.StartsAt <= now && (candidate.EndsAt == null || candidate.EndsAt > now))
            .OrderByDescending(candidate => candidate.Id).FirstOrDefaultAsync(cancellation);
        if (subscription is null || BillingPeriods.At(subscription.Customer, subscription, now) is not { } period)
        {
            throw new Refusal(RefusalKind.NotFound, "no_subscription", $"Customer '{customerKey}' has no running subscription, so there is nothing to preview.");
        }

        var content = await drafts.Closing(db, subscription, period, draft: null, cancellation);
        var preview = drafts.Draft(InvoiceKind.Period, subscription, period, content, now);
        var plan = preview.Plan(preview.Lines, await credits.Usable(customerId, Currency.Of(preview.Currency), cancellation), drafts.TreatmentOf(subscription.Customer), now);
        preview.Take(plan);
        if (plan.Paid > 0)
        {
            preview.Receive(new Payment { Amount = plan.Paid, Method = Payment.Prepaid, ReceivedAt = now, RecordedBy = actor.Name });
            preview.Status = InvoiceStatus.Draft;
        }

        return preview;
    }

    /// <summary>What credits and tax make of a running period, for a caller who was let through to its spend.</summary>
    public async Task<CreditPlan> PlanOf(Spend spend, Customer customer, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(spend);
        return CreditPlan.Of(
            [.. await credits.UsedIn(customer.Id, spend.Period, cancellation), .. await credits.Usable(customer.Id, spend.Currency, cancellation)],
            [.. spend.Charges.Select(charge => ((string?)charge.Price.Key, charge.Amount.Minor)), (null, spend.TopUp.Minor)],
            spend.Net, TreatmentOf(customer, spend.Period), spend.Period.Start);
    }

    /// <summary>The tax that comes on top of a period's amounts, in percent; zero where there is none, or where they include it.</summary>
    internal decimal TaxOnTop(Customer customer, Period period) => TreatmentOf(customer, period) is { Included: false } treatment ? treatment.Percent : 0;

    private TaxTreatment? TreatmentOf(Customer customer, Period period)
    {
        var isIncluded = register.Now.ById[customer.Id].Subscription is { } subscription && drafts.TermsAt(customer, subscription, period.End.AddTicks(-1)).TaxIncluded;
        return drafts.TreatmentOf(customer) is { } treatment ? treatment with { Included = isIncluded } : null;
    }

    internal async Task<Invoice> Find(Actor actor, Permission permission, string reference, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var invoice = await (Guid.TryParse(reference, out var id)
            ? WithAll(db).SingleOrDefaultAsync(candidate => candidate.Id == id, cancellation)
            : WithAll(db).SingleOrDefaultAsync(candidate => candidate.Number == reference, cancellation));
        if (invoice is null || !actor.Sees(invoice.CustomerId))
        {
            throw Refusal.NotFound("invoice", reference);
        }

        actor.Require(permission);
        return invoice;
    }

    internal async Task<Invoice> Stored(Guid id, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await WithAll(db).SingleAsync(invoice => invoice.Id == id, cancellation);
    }

    private static IQueryable<Invoice> WithAll(PortalDb db) =>
        db.Invoices.AsNoTracking().AsSplitQuery()
            .Include(invoice => invoice.Customer)
            .Include(invoice => invoice.Corrects)
            .Include(invoice => invoice.CreditNotes.OrderBy(note => note.Number)).ThenInclude(note => note.Lines)
            .Include(invoice => invoice.Lines.OrderBy(line => line.N))
            .Include(invoice => invoice.Payments.OrderBy(payment => payment.Id));
}

/// <summary>Which invoices are asked for; null for all.</summary>
/// <param name="Customer">The customer's key.</param>
/// <param name="Kind">Why they exist.</param>
/// <param name="Status">Where they stand.</param>
/// <param name="After">The id of the last one of the page before; the empty one for the first page.</param>
/// <param name="Take">The most invoices.</param>
/// <param name="OverdueOnly">Only issued ones that should have been paid by now.</param>
public sealed record InvoiceQuery(string? Customer, InvoiceKind? Kind, InvoiceStatus? Status, Guid After, int Take, bool OverdueOnly = false)
{
    /// <summary>Only these, by their ids; null for all.</summary>
    public IReadOnlyCollection<Guid>? Among { get; init; }
}

/// <summary>An invoice in short.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Number">Its number; null while it is a draft.</param>
/// <param name="Kind">Why it exists.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="CustomerKey">The customer's key.</param>
/// <param name="CustomerName">The customer's name.</param>
/// <param name="Currency">ISO 4217 code.</param>
/// <param name="Total">What is owed in all, minor units.</param>
public sealed record InvoiceRow(Guid Id, string? Number, InvoiceKind Kind, InvoiceStatus Status, string CustomerKey, string CustomerName, string Currency, long Total)
{
    /// <summary>Whether an action can be done to it as it stands.</summary>
    public bool Takes(InvoiceAction action) => action switch
    {
        InvoiceAction.Finalize or InvoiceAction.Void => Status == InvoiceStatus.Draft && Kind != InvoiceKind.CreditTopup,
        InvoiceAction.Resend => Number is not null,
    };
}
