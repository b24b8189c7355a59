using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>Keeps the cards that a customer's invoices are charged to from now on: one by default, and one as its backup. What is overdue is collected at once.</summary>
public sealed class MethodWriter(IDbContextFactory<PortalDb> databases, Register register, ChargeRun run, BusinessClock clock)
{
    /// <summary>Keeps a card that the gateway knows. One that is kept already stays as it is.</summary>
    /// <param name="actor">Who saved it.</param>
    /// <param name="customer">Whose card.</param>
    /// <param name="gateway">The gateway that knows it.</param>
    /// <param name="card">The card.</param>
    /// <param name="use">What it is for. The first one is the default, whatever is said.</param>
    /// <param name="cancellation">Gives up before the commit.</param>
    internal async Task<PaymentMethod> Keep(Actor actor, Customer customer, string gateway, SavedCard card, MethodUse use, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var saved = await Lock(db, customer.Id, cancellation);
        var now = clock.GetUtcNow();
        if (saved.Find(known => known.Gateway == gateway && known.Token == card.Token) is { } same)
        {
            return same;
        }

        use = saved.Count == 0 ? MethodUse.Default : use;
        if (saved.Find(known => known.Use == use) is { } before)
        {
            before.ReplacedAt = now;
            await db.SaveChangesAsync(cancellation);
        }

        var method = new PaymentMethod
        {
            CustomerId = customer.Id,
            Gateway = gateway,
            Token = card.Token,
            Brand = card.Brand,
            Last4 = card.Last4,
            ExpiryMonth = card.ExpiryMonth,
            ExpiryYear = card.ExpiryYear,
            Use = use,
            SavedAt = now,
            ExpiryNoticeAt = card is { ExpiryMonth: { } month, ExpiryYear: { } year }
                ? CardExpiry.NextNotice(CardExpiry.EndsAt(month, year, TimeZones.Find(customer.TimeZone)!), now)
                : null,
        };
        db.PaymentMethods.Add(method);
        Note(db, actor, customer, "payment_method.saved", method, now);
        await db.SaveChangesAsync(cancellation);
        await Collect(db, transaction, customer, now, cancellation);
        return method;
    }

    /// <summary>Makes a card the default or the backup; the other one takes its place. What is overdue is collected with the new default at once.</summary>
    /// <returns>The card, as it is used from now on.</returns>
    /// <exception cref="Refusal">NotFound; Forbidden; Conflict where there is no other card.</exception>
    public async Task<PaymentMethod> Use(Actor actor, string customerKey, Guid id, MethodUse use, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageBilling, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var saved = await Lock(db, customer.Id, cancellation);
        var method = Of(saved, id);
        if (method.Use == use)
        {
            return method;
        }

        if (saved.Find(known => known.Id != id) is not { } other)
        {
            throw Refusal.Conflict("no_other_method", $"The {method.Name} is the only card, so it is the one that is charged. Save another one first; then this one can be its backup.");
        }

        // The two change places, and at no moment are there two of a kind: one steps aside for it.
        var now = clock.GetUtcNow();
        method.ReplacedAt = now;
        await db.SaveChangesAsync(cancellation);
        other.Use = method.Use;
        await db.SaveChangesAsync(cancellation);
        (method.Use, method.ReplacedAt) = (use, null);
        Note(db, actor, customer, "payment_method.default", use == MethodUse.Default ? method : other, now);
        await db.SaveChangesAsync(cancellation);
        await Collect(db, transaction, customer, now, cancellation);
        return method;
    }

    /// <summary>Removes a card. A backup takes the place of the default one. The last one stays while something is charged to it.</summary>
    /// <exception cref="Refusal">NotFound; Forbidden; Conflict where it is the last one and still needed.</exception>
    public async Task Remove(Actor actor, string customerKey, Guid id, CancellationToken cancellation)
    {
        var entry = register.Now.Customer(actor, Permission.ManageBilling, customerKey);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var saved = await Lock(db, entry.Customer.Id, cancellation);
        var (method, now) = (Of(saved, id), clock.GetUtcNow());
        var other = saved.Find(known => known.Id != id);
        if (other is null)
        {
            await MustNotBeNeeded(db, entry, method, now, cancellation);
        }

        method.ReplacedAt = now;
        Note(db, actor, entry.Customer, "payment_method.removed", method, now);
        await db.SaveChangesAsync(cancellation);
        if (other is { Use: MethodUse.Backup })
        {
            other.Use = MethodUse.Default;
            Note(db, actor, entry.Customer, "payment_method.default", other, now);
            await db.SaveChangesAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
    }

    /// <summary>The last card is needed while anything goes by itself to a card.</summary>
    private async Task MustNotBeNeeded(PortalDb db, CustomerEntry entry, PaymentMethod method, DateTimeOffset now, CancellationToken cancellation)
    {
        var owed = await db.Invoices.Include(invoice => invoice.Customer).Where(invoice => invoice.CustomerId == entry.Customer.Id && (invoice.ChargeAt != null || invoice.OpenChargeId != null) && invoice.Paid < invoice.Total)
            .OrderBy(invoice => invoice.IssuedAt).FirstOrDefaultAsync(cancellation);
        var isSubscribed = entry.Subscription is { } subscription && !(subscription.EndsAt <= now)
            && BillingSegment.TermsAt(entry, now, register.Now.Card) is { Collection: BillingTerms.Charge };
        var needed = owed is { IsOpenPurchase: true } ? "credits are being bought with it. Wait until they are there, or save another card first."
            : owed?.OpenChargeId is not null ? $"{owed.Number} is being charged to it, and the outcome is not known yet. Wait until it is, or save another card first."
            : owed is not null ? $"{AmountText.Of(owed, owed.Due)} for invoice {owed.Number} are still to be charged to it. Pay the invoice, or save another card first."
            : isSubscribed ? "the subscription is charged to it. Save another card first, and then remove this one; or have your invoices sent, to be paid by bank transfer, or cancel the subscription."
            : await db.AutoTopups.AnyAsync(rule => rule.CustomerId == entry.Customer.Id && rule.PausedAt == null, cancellation)
                ? "credits are bought with it by themselves. Remove the automatic top-up, or save another card first."
            : null;
        if (needed is not null)
        {
            throw Refusal.Conflict("last_payment_method", $"The {method.Name} is the only card, and {needed}");
        }
    }

    // Two who change a customer's cards at once come one after the other: the later one stays. Invoices before the customer, as whoever books a charge takes them.
    private static async Task<List<PaymentMethod>> Lock(PortalDb db, int customerId, CancellationToken cancellation)
    {
        await db.Database.ExecuteSqlAsync($"SELECT id FROM invoices WHERE customer_id = {customerId} AND status IN ('Finalized', 'Uncollectible') AND paid < total ORDER BY id FOR NO KEY UPDATE", cancellation);
        await db.Database.ExecuteSqlAsync($"SELECT id FROM customers WHERE id = {customerId} FOR NO KEY UPDATE", cancellation);
        return await db.PaymentMethods.Where(method => method.CustomerId == customerId && method.ReplacedAt == null).ToListAsync(cancellation);
    }

    private async Task Collect(PortalDb db, IDbContextTransaction transaction, Customer customer, DateTimeOffset now, CancellationToken cancellation)
    {
        await db.Invoices
            .Where(invoice => invoice.CustomerId == customer.Id && invoice.OpenChargeId == null && invoice.WrittenOffAt == null && invoice.Paid < invoice.Total
                && (invoice.Status == InvoiceStatus.Finalized || invoice.Status == InvoiceStatus.Uncollectible)
                && (invoice.DueAt <= now || invoice.OverdueNoticeAt != null))
            .ExecuteUpdateAsync(overdue => overdue.SetProperty(invoice => invoice.ChargeAt, now), cancellation);
        await transaction.CommitAsync(cancellation);
        await run.RunFor(customer.Id, cancellation);
    }

    private static PaymentMethod Of(List<PaymentMethod> saved, Guid id) => saved.Find(known => known.Id == id) ?? throw Refusal.NotFound("payment method", id.ToString());

    private static void Note(PortalDb db, Actor actor, Customer customer, string action, PaymentMethod method, DateTimeOffset now) => db.AuditEntries.Add(AuditEntry.Of(
        actor, now, customer.Id, action, customer.Key, method.Use == MethodUse.Backup ? $"{method.Brand} {method.Last4}, backup" : $"{method.Brand} {method.Last4}"));
}
