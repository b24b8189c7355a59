using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Limits;

/// <summary>Sets and removes caps. What a cap kept off the bill until then stays off it (DESIGN.md 3, Limits).</summary>
public sealed class LimitWriter(Register register, IDbContextFactory<PortalDb> databases, SpendReader spends, BusinessClock clock)
{
    /// <summary>Sets a customer's cap, in place of the one there was. Below what is used it refuses access at once.</summary>
    /// <returns>The cap as it stands now.</returns>
    /// <exception cref="InvalidInputException">Where the terms make no sense.</exception>
    /// <exception cref="Refusal">NotFound or Forbidden by the gate; Forbidden where a customer would turn the protection on or off.</exception>
    public async Task<SpendingLimit> Set(Actor actor, string customerKey, LimitTerms terms, CancellationToken cancellation)
    {
        var id = register.Now.Customer(actor, Permission.ManageLimits, customerKey).Customer.Id;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var entry = await Lock(db, id, cancellation);
        terms.Check(Currency.Of(entry.Customer.Currency)).ThrowIfAny();

        var limit = terms.ToLimit(entry);
        if (limit.Enforced != (entry.Limit?.Enforced ?? true) && actor.CustomerId is not null)
        {
            throw Refusal.Forbidden("Only the operator turns a limit's protection on or off. Leave 'enforced' out, or ask the operator.");
        }

        db.Entry(limit).State = entry.Limit is null ? EntityState.Added : EntityState.Modified;
        await Change(db, actor, entry, limit, cancellation);
        return limit;
    }

    /// <summary>Removes a customer's cap; where there is none, nothing is done.</summary>
    /// <exception cref="Refusal">NotFound or Forbidden by the gate.</exception>
    public async Task Remove(Actor actor, string customerKey, CancellationToken cancellation)
    {
        var id = register.Now.Customer(actor, Permission.ManageLimits, customerKey).Customer.Id;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var entry = await Lock(db, id, cancellation);
        if (entry.Limit is { } limit)
        {
            db.Entry(limit).State = EntityState.Deleted;
            await Change(db, actor, entry, null, cancellation);
        }
    }

    /// <summary>Reads the customer under a lock on its row. Events of the customer are committed before this or after the change, never between.</summary>
    internal static async Task<CustomerEntry> Lock(PortalDb db, int customerId, CancellationToken cancellation)
    {
        await db.Database.ExecuteSqlAsync($"SELECT id FROM customers WHERE id = {customerId} FOR NO KEY UPDATE", cancellation);
        return await Register.ReadEntry(db, customerId, cancellation);
    }

    private async Task Change(PortalDb db, Actor actor, CustomerEntry entry, SpendingLimit? limit, CancellationToken cancellation)
    {
        if (entry.Limit is { Enforced: true } old && !(limit is { Enforced: true } && limit.Bound <= old.Bound))
        {
            await Forgive(db, entry, cancellation);
        }

        var now = clock.GetUtcNow();
        db.WebhookEvents.Add(limit is null
            ? WebhookEvent.Of(WebhookTypes.LimitRemoved, entry.Customer.Id, now, new { })
            : WebhookEvent.Of(WebhookTypes.LimitChanged, entry.Customer.Id, now, new { limit.Amount, entry.Customer.Currency, limit.Kind, limit.SoftPercent, limit.Alerts, limit.Enforced, limit.ForecastAlert }));
        db.AuditEntries.Add(AuditEntry.Of(
            actor, now, entry.Customer.Id, limit is null ? "limit.removed" : "limit.set", entry.Customer.Key,
            $"{Words(entry.Limit, entry.Customer)} → {Words(limit, entry.Customer)}"));
        await register.Save(db, () => RegisterChange.Of(entry.Customer), cancellation);
    }

    /// <summary>Notes what the old cap kept off the bill in each open period. A closed one has a draft, which keeps the bound that it was made with.</summary>
    private async Task Forgive(PortalDb db, CustomerEntry entry, CancellationToken cancellation)
    {
        var id = entry.Customer.Id;
        var subscriptions = await db.Subscriptions.AsNoTracking().Include(subscription => subscription.Phases)
            .Where(subscription => subscription.CustomerId == id).ToListAsync(cancellation);
        foreach (var subscription in subscriptions)
        {
            foreach (var period in OpenPeriods(entry.Customer, subscription, clock.GetUtcNow()))
            {
                // The spend counts what was forgiven before, so this never lowers it.
                var spend = await spends.Of(entry, subscription, period, cancellation);
                var stored = entry.ForgivenIn(period);
                if (spend.NotBilled.Amount > stored)
                {
                    var forgiven = new ForgivenUsage { CustomerId = id, PeriodStart = period.Start, Amount = spend.NotBilled.Amount };
                    db.Entry(forgiven).State = stored > 0 ? EntityState.Modified : EntityState.Added;
                }
            }
        }
    }

    /// <summary>The billing periods that are not closed, up to the running one.</summary>
    internal static IEnumerable<Period> OpenPeriods(Customer customer, Subscription subscription, DateTimeOffset now)
    {
        for (var at = subscription.BilledUntil; at <= now && BillingPeriods.At(customer, subscription, at) is { } period; at = period.End)
        {
            yield return period;
        }
    }

    private static string Words(SpendingLimit? limit, Customer customer)
    {
        if (limit is null)
        {
            return "no limit";
        }

        var amount = Money.Round(limit.Amount, Currency.Of(customer.Currency));
        var kind = limit.Kind == LimitKind.Soft ? $"soft + {DecimalText.Format(limit.SoftPercent)} %" : "hard";
        var alerts = limit.Alerts.Length == 0 ? "no mails" : $"mails at {string.Join(", ", limit.Alerts)} %";
        return $"{amount} {kind}, {alerts}{(limit.Enforced ? "" : ", not enforced")}{(limit.ForecastAlert ? ", mail by forecast" : "")}";
    }
}
