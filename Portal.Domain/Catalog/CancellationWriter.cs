using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Catalog;

/// <summary>Ends subscriptions, and takes an end back that has not come yet. A customer may do both for itself.</summary>
public sealed class CancellationWriter(IDbContextFactory<PortalDb> databases, Register register, BusinessClock clock)
{
    /// <summary>Ends the customer's subscription. The period that it ends in is billed up to there.</summary>
    /// <exception cref="Refusal">NotFound without a subscription, Conflict where it has ended.</exception>
    public async Task<Subscription> Cancel(Actor actor, string customerKey, SubscriptionTime at, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageBilling, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var now = clock.GetUtcNow();
        var subscription = await Running(db, customer, now, cancellation);

        // Its period is counted as if it went on: a planned end must not shorten what is asked about.
        subscription.EndsAt = null;
        if (BillingPeriods.At(customer, subscription, now) is { } period)
        {
            subscription.EndsAt = at == SubscriptionTime.PeriodEnd ? period.End : now;
        }
        else
        {
            // It has not begun, so there is nothing to bill and nothing to keep.
            subscription.EndsAt = now;
            db.Subscriptions.Remove(subscription);
        }

        db.AuditEntries.Add(AuditEntry.Of(actor, now, customer.Id, "subscription.cancelled", customerKey,
            string.Create(CultureInfo.InvariantCulture, $"Ends at {subscription.EndsAt:yyyy-MM-dd'T'HH:mm:ss'Z'}")));
        await register.Save(db, () => RegisterChange.Of(customer), cancellation);
        return subscription;
    }

    /// <summary>Lets a subscription go on that was to end.</summary>
    /// <exception cref="Refusal">NotFound without a subscription, Conflict where it has ended.</exception>
    public async Task<Subscription> Reactivate(Actor actor, string customerKey, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageBilling, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var now = clock.GetUtcNow();
        var subscription = await Running(db, customer, now, cancellation);
        if (subscription.EndsAt is not null)
        {
            subscription.EndsAt = null;
            db.AuditEntries.Add(AuditEntry.Of(actor, now, customer.Id, "subscription.reactivated", customerKey));
            await register.Save(db, () => RegisterChange.Of(customer), cancellation);
        }

        return subscription;
    }

    private static async Task<Subscription> Running(PortalDb db, Customer customer, DateTimeOffset now, CancellationToken cancellation)
    {
        var subscription = await SubscriptionWriter.Newest(db, customer.Id, cancellation) ?? throw NoSubscription(customer.Key);
        return subscription.EndsAt is { } end && end <= now
            ? throw Refusal.Conflict("subscription_ended", string.Create(CultureInfo.InvariantCulture,
                $"The subscription of '{customer.Key}' ended at {end:yyyy-MM-dd'T'HH:mm:ss'Z'}. PUT /v1/customers/{customer.Key}/subscription starts a new one."))
            : subscription;
    }

    internal static Refusal NoSubscription(string customerKey) => new(RefusalKind.NotFound, "no_subscription",
        $"Customer '{customerKey}' has no subscription. PUT /v1/customers/{customerKey}/subscription starts one.");
}
