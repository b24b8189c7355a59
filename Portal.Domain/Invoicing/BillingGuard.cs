using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Parks a customer's billing where it looks wrong, and lets a person release it. What people issue by hand is not held up: they have looked.</summary>
public sealed class BillingGuard(IDbContextFactory<PortalDb> databases, Register register, AlarmWriter alarms, PortalOptions options, BusinessClock clock)
{
    private const int ReasonMax = 300;

    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    private readonly SafetyBounds _bounds = new(options.Billing.PerDay, options.Billing.MedianFactor, options.Billing.MedianFloor);

    /// <summary>Parks the customers whose drafts look wrong, in the caller's transaction.</summary>
    /// <param name="db">A transaction that holds the drafts' rows.</param>
    /// <param name="drafts">The drafts that are about to be issued, with their customers; at most one of a customer.</param>
    /// <param name="cancellation">Gives up; nothing is stored then.</param>
    /// <returns>The parks that were added; their drafts must not be issued now. Call <see cref="Tell"/> after the commit.</returns>
    public async Task<IReadOnlyList<BillingPark>> Check(PortalDb db, IReadOnlyList<Invoice> drafts, CancellationToken cancellation)
    {
        var reasons = await Suspicions(db, drafts, cancellation);
        return [.. drafts.Where(draft => reasons.ContainsKey(draft.Id)).Select(draft => Park(db, draft.CustomerId, reasons[draft.Id], draft.Id, clock.GetUtcNow()))];
    }

    /// <summary>Why drafts would be parked, a sentence each, by their ids; those that look right are not among them.</summary>
    internal async Task<IReadOnlyDictionary<Guid, string>> Suspicions(PortalDb db, IReadOnlyList<Invoice> drafts, CancellationToken cancellation)
    {
        var customers = drafts.Select(draft => draft.CustomerId).ToArray();
        var since = clock.GetUtcNow() - s_day;
        var counts = await db.Database.SqlQuery<IssuedCount>($"""
            SELECT invoice.customer_id AS "CustomerId", count(*)::int AS "Invoices" FROM invoices invoice
            WHERE invoice.customer_id = ANY({customers}) AND invoice.issued_at > {since} AND invoice.status <> 'Void'
              AND invoice.issued_at > coalesce((SELECT max(released_at) FROM billing_parks park WHERE park.customer_id = invoice.customer_id), '-infinity')
            GROUP BY invoice.customer_id
            """).ToDictionaryAsync(row => row.CustomerId, row => row.Invoices, cancellation);
        var released = await db.BillingParks.Where(park => park.InvoiceId != null && customers.Contains(park.CustomerId) && park.ReleasedAt != null)
            .Select(park => park.InvoiceId!.Value).ToListAsync(cancellation);

        var large = drafts.Where(draft => draft.Kind == InvoiceKind.Period && TotalOf(draft).Amount > _bounds.MedianFloor && !released.Contains(draft.Id)).ToList();
        var earlier = await Earlier(db, [.. large.Select(draft => draft.CustomerId)], cancellation);
        var reasons = new Dictionary<Guid, string>();
        foreach (var draft in drafts)
        {
            var far = large.Contains(draft) ? FarAbove(draft, [.. earlier[(draft.CustomerId, draft.Currency)]]) : null;
            if ((TooMany(counts.GetValueOrDefault(draft.CustomerId)) ?? far) is { } reason)
            {
                reasons.Add(draft.Id, reason);
            }
        }

        return reasons;
    }

    /// <summary>Parks a customer that was charged too often in a day, in a transaction of its own.</summary>
    /// <returns>Whether it was parked, so that nothing more may be charged.</returns>
    public async Task<bool> CheckCharges(int customerId, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var now = clock.GetUtcNow();
        var since = now - s_day;
        var released = await db.BillingParks.Where(park => park.CustomerId == customerId).MaxAsync(park => park.ReleasedAt, cancellation);
        since = released > since ? released.Value : since;
        var charges = await db.PaymentTries.CountAsync(attempt => attempt.CustomerId == customerId && attempt.StartedAt > since, cancellation);
        if (!_bounds.IsTooMany(charges))
        {
            return false;
        }

        if (await db.BillingParks.AnyAsync(open => open.CustomerId == customerId && open.ReleasedAt == null, cancellation))
        {
            // The charge before this one in the same run has parked it.
            return true;
        }

        var park = Park(db, customerId, $"{charges} charges in 24 hours: the most that is thought right is {_bounds.PerDay}.", null, now);
        await db.SaveChangesAsync(cancellation);
        await Tell(park);
        return true;
    }

    /// <summary>Raises the alarm for a park that is stored.</summary>
    public Task Tell(BillingPark park)
    {
        var customer = register.Now.ById[park.CustomerId].Customer;
        return alarms.Raise(
            $"billing.parked:{customer.Key}", $"The billing of {customer.Name} is parked.",
            $"{park.Reason} Nothing is issued or charged for it until somebody has looked and releases it on the customer's page. Usage, spend and access go on.", park.CustomerId);
    }

    /// <summary>Why a customer's billing is parked; null where it is not.</summary>
    /// <exception cref="Refusal">NotFound or Forbidden by the gate.</exception>
    public async Task<BillingPark?> Find(Actor actor, string customerKey, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadCustomers);
        var id = register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer.Id;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.BillingParks.AsNoTracking().SingleOrDefaultAsync(park => park.CustomerId == id && park.ReleasedAt == null, cancellation);
    }

    /// <summary>Holds a customer's billing by hand: nothing is issued or charged until it is released, as where it looked wrong by itself.</summary>
    /// <param name="actor">Who holds it.</param>
    /// <param name="customerKey">The customer.</param>
    /// <param name="reason">Why, for whoever is to release it.</param>
    /// <param name="cancellation">Gives up; nothing is stored then.</param>
    /// <exception cref="InvalidInputException">Without a reason, or with a long one.</exception>
    /// <exception cref="Refusal">NotFound or Forbidden by the gate; Conflict where it is parked already.</exception>
    public async Task<BillingPark> Hold(Actor actor, string customerKey, string reason, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(actor);
        var customer = register.Now.Customer(actor, Permission.ManageInvoices, customerKey).Customer;
        var errors = new FieldErrors();
        PlainText.Check(reason, "reason", ReasonMax, errors);
        errors.ThrowIfAny();
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var park = new BillingPark { CustomerId = customer.Id, Reason = $"Held by {actor.Name}: {reason.Trim()}", ParkedAt = clock.GetUtcNow() };
        db.BillingParks.Add(park);
        db.AuditEntries.Add(AuditEntry.Of(actor, park.ParkedAt, customer.Id, "billing.held", customer.Key, reason.Trim()));
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException exception) when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            // One open park of a customer: the index says so to the second of two at once, too.
            throw Refusal.Conflict("already_parked", $"The billing of {customer.Name} is parked already. Look at its page for the reason.");
        }

        return park;
    }

    /// <summary>Lets a customer's billing go on: the draft that looked wrong is issued as it is, and the count of a day begins anew. Where nothing is parked, nothing is done.</summary>
    /// <exception cref="Refusal">NotFound or Forbidden by the gate.</exception>
    public async Task Release(Actor actor, string customerKey, CancellationToken cancellation)
    {
        var id = register.Now.Customer(actor, Permission.ManageInvoices, customerKey).Customer.Id;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var found = await db.BillingParks.FromSql($"SELECT * FROM billing_parks WHERE customer_id = {id} AND released_at IS NULL FOR UPDATE").ToListAsync(cancellation);
        if (found is not [var park])
        {
            return;
        }

        (park.ReleasedAt, park.ReleasedBy) = (clock.GetUtcNow(), actor.Name);
        db.AuditEntries.Add(AuditEntry.Of(actor, park.ReleasedAt.Value, id, "billing.released", customerKey, park.Reason));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private string? TooMany(int inTheLastDay) => _bounds.IsTooMany(inTheLastDay)
        ? $"{inTheLastDay} invoices were issued in 24 hours, and another one waits: the most that is thought right is {_bounds.PerDay}."
        : null;

    private string? FarAbove(Invoice draft, IReadOnlyList<long> earlier) => _bounds.IsFarAbove(TotalOf(draft), earlier, out var median)
        ? $"The invoice for the period from {draft.PeriodStart:yyyy-MM-dd} comes to {TotalOf(draft)}, more than {DecimalText.Format(_bounds.MedianFactor)} times the {median} that is usual for this customer."
        : null;

    /// <summary>What customers' periods came to before, by customer and currency.</summary>
    private static async Task<ILookup<(int Customer, string Currency), long>> Earlier(PortalDb db, int[] customers, CancellationToken cancellation)
    {
        var totals = customers.Length == 0 ? [] : await db.Invoices
            .Where(invoice => customers.Contains(invoice.CustomerId) && invoice.Kind == InvoiceKind.Period && invoice.Number != null)
            .Select(invoice => new { invoice.CustomerId, invoice.Currency, invoice.Total }).ToListAsync(cancellation);
        return totals.ToLookup(invoice => (invoice.CustomerId, invoice.Currency), invoice => invoice.Total);
    }

    private static Money TotalOf(Invoice draft) => new(draft.Total, Currency.Of(draft.Currency));

    private BillingPark Park(PortalDb db, int customerId, string reason, Guid? invoice, DateTimeOffset now)
    {
        var park = new BillingPark { CustomerId = customerId, Reason = reason, InvoiceId = invoice, ParkedAt = now };
        db.BillingParks.Add(park);
        db.AuditEntries.Add(AuditEntry.Of(Actor.System, now, customerId, "billing.parked", register.Now.ById[customerId].Customer.Key, reason));
        return park;
    }

    private sealed record IssuedCount(int CustomerId, int Invoices);
}
