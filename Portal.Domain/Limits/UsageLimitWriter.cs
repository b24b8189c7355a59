using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Limits;

/// <summary>Sets and removes limits on parts of usage. What one kept off the bill until then stays off it, as with the cap.</summary>
public sealed class UsageLimitWriter(Register register, IDbContextFactory<PortalDb> databases, SpendReader spends, BusinessClock clock)
{
    /// <summary>The most limits of a customer.</summary>
    public const int Most = 100;

    /// <summary>Sets a limit, in place of the one of this key. Below what is used it refuses that part at once.</summary>
    /// <returns>The limit as it stands now, and whether it is new.</returns>
    /// <exception cref="InvalidInputException">Where the key or the terms make no sense.</exception>
    /// <exception cref="Refusal">NotFound or Forbidden by the gate; Conflict where the customer has too many.</exception>
    public async Task<(UsageLimit Limit, bool IsNew)> Set(Actor actor, string customerKey, string key, UsageLimitTerms terms, CancellationToken cancellation)
    {
        var id = register.Now.Customer(actor, Permission.ManageLimits, customerKey).Customer.Id;
        var errors = new FieldErrors();
        Identifier.Check(key, "key", errors);
        errors.ThrowIfAny();
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var entry = await LimitWriter.Lock(db, id, cancellation);
        terms.Check(entry, register.Now, FeaturesOf(entry)).ThrowIfAny();
        var asked = terms.ToLimit(id, key);
        var old = entry.Limits.FirstOrDefault(limit => limit.Key == key);
        if (old is null && entry.Limits.Length >= Most)
        {
            throw Refusal.Conflict("too_many_limits", $"There are {Most} limits already: remove one first.");
        }

        if (old is not null && !(old.CountsLike(asked) && asked.Bound <= old.Bound))
        {
            await Forgive(db, entry, key, cancellation);
        }

        if (await db.UsageLimits.SingleOrDefaultAsync(limit => limit.CustomerId == id && limit.Key == key, cancellation) is { } stored)
        {
            (stored.Meter, stored.Feature, stored.Match, stored.Amount, stored.Quantity) = (asked.Meter, asked.Feature, asked.Match, asked.Amount, asked.Quantity);
            (stored.Kind, stored.SoftPercent, stored.Alerts) = (asked.Kind, asked.SoftPercent, asked.Alerts);
        }
        else
        {
            db.UsageLimits.Add(asked);
        }

        await Save(db, actor, entry, key, old, asked, cancellation);
        return (asked, old is null);
    }

    /// <summary>Removes a limit.</summary>
    /// <exception cref="Refusal">NotFound where there is none of this key, or by the gate; Forbidden.</exception>
    public async Task Remove(Actor actor, string customerKey, string key, CancellationToken cancellation)
    {
        var id = register.Now.Customer(actor, Permission.ManageLimits, customerKey).Customer.Id;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var entry = await LimitWriter.Lock(db, id, cancellation);
        var old = entry.Limits.FirstOrDefault(limit => limit.Key == key) ?? throw Refusal.NotFound("limit", key);
        await Forgive(db, entry, key, cancellation);
        await db.UsageLimits.Where(limit => limit.CustomerId == id && limit.Key == key).ExecuteDeleteAsync(cancellation);
        await Save(db, actor, entry, key, old, null, cancellation);
    }

    /// <summary>Where the customer would stand with a limit, before anyone agrees to it; null where no subscription runs.</summary>
    /// <exception cref="InvalidInputException">Where the terms make no sense.</exception>
    public async Task<UsageLimitStand?> Preview(Actor actor, string customerKey, string key, UsageLimitTerms terms, CancellationToken cancellation)
    {
        var entry = register.Now.Customer(actor, Permission.ReadBilling, customerKey);
        terms.Check(entry, register.Now, FeaturesOf(entry)).ThrowIfAny();
        var spend = await spends.Current(entry with { Limits = [terms.ToLimit(entry.Customer.Id, key)] }, cancellation);
        return spend?.Parts.Single();
    }

    private async Task Save(PortalDb db, Actor actor, CustomerEntry entry, string key, UsageLimit? old, UsageLimit? limit, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var customer = entry.Customer;
        db.WebhookEvents.Add(limit is null
            ? WebhookEvent.Of(WebhookTypes.LimitRemoved, customer.Id, now, new { key })
            : WebhookEvent.Of(WebhookTypes.LimitChanged, customer.Id, now, new
            {
                key, limit.Meter, limit.Feature, limit.Match, limit.Amount, limit.Quantity, customer.Currency, limit.Kind, limit.SoftPercent, limit.Alerts,
            }));
        db.AuditEntries.Add(AuditEntry.Of(
            actor, now, customer.Id, limit is null ? "usage_limit.removed" : "usage_limit.set", $"{customer.Key}/{key}", $"{key}: {Words(old)} → {Words(limit)}"));
        await register.Save(db, () => RegisterChange.Of(customer), cancellation);

        string Words(UsageLimit? of) => of is null ? "no limit" : new UsageLimitWords(of, register.Now.Meter, customer).Change;
    }

    /// <summary>Notes what the old limit kept off the bill in each open period.</summary>
    private async Task Forgive(PortalDb db, CustomerEntry entry, string key, CancellationToken cancellation)
    {
        var id = entry.Customer.Id;
        var subscriptions = await db.Subscriptions.AsNoTracking().Include(subscription => subscription.Phases)
            .Where(subscription => subscription.CustomerId == id).ToListAsync(cancellation);
        foreach (var subscription in subscriptions)
        {
            foreach (var period in LimitWriter.OpenPeriods(entry.Customer, subscription, clock.GetUtcNow()))
            {
                // The stand counts what was forgiven before, so this never lowers it.
                var spend = await spends.Of(entry, subscription, period, cancellation);
                var off = spend.Parts.Where(part => part.Limit.Key == key).Sum(part => part.NotBilled);
                var stored = entry.ForgivenParts.FirstOrDefault(part => part.LimitKey == key && part.PeriodStart == period.Start);
                if (off > (stored?.Amount ?? 0))
                {
                    var forgiven = new ForgivenPart { CustomerId = id, LimitKey = key, PeriodStart = period.Start, Amount = off };
                    db.Entry(forgiven).State = stored is null ? EntityState.Added : EntityState.Modified;
                }
            }
        }
    }

    private IReadOnlyList<Feature> FeaturesOf(CustomerEntry entry)
    {
        var now = clock.GetUtcNow();
        return entry.Subscription is { } subscription && subscription.StartsAt <= now
            ? BillingSegment.ContentAt(subscription.PhaseAt(now), now, register.Now.Card).Features
            : [];
    }
}
