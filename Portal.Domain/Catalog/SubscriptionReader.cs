using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Catalog;

/// <summary>Reads subscriptions.</summary>
public sealed class SubscriptionReader(Register register, BusinessClock clock)
{
    /// <summary>The customer's newest subscription.</summary>
    /// <exception cref="Refusal">NotFound where there was none yet, or the customer is not the caller's.</exception>
    public SubscriptionStand Find(Actor actor, string customerKey)
    {
        var entry = register.Now.Customer(actor, Permission.ReadBilling, customerKey);
        return Stand(entry.Customer, entry.Subscription ?? throw CancellationWriter.NoSubscription(customerKey));
    }

    /// <summary>How a subscription stands now.</summary>
    public SubscriptionStand Stand(Customer customer, Subscription subscription)
    {
        var now = clock.GetUtcNow();
        var status = subscription switch
        {
            { EndsAt: { } end } when end <= now => SubscriptionStatus.Ended,
            { EndsAt: not null } => SubscriptionStatus.Ending,
            _ when subscription.StartsAt > now => SubscriptionStatus.Scheduled,
            _ when subscription.TrialEndsAt > now => SubscriptionStatus.Trial,
            _ => SubscriptionStatus.Active,
        };
        return new SubscriptionStand(subscription, status, subscription.PhaseAt(now), BillingPeriods.At(customer, subscription, now), id => register.Now.Card(id).Key);
    }
}

/// <summary>Where a subscription is in its life.</summary>
public enum SubscriptionStatus
{
    /// <summary>It has not started.</summary>
    Scheduled,

    /// <summary>Nothing is charged yet.</summary>
    Trial,

    /// <summary>It runs.</summary>
    Active,

    /// <summary>It runs, and will end.</summary>
    Ending,

    /// <summary>It has ended.</summary>
    Ended,
}

/// <summary>How a subscription stands at an instant.</summary>
/// <param name="Subscription">The subscription, with its phases.</param>
/// <param name="Status">Where it is in its life.</param>
/// <param name="Phase">The phase in force.</param>
/// <param name="Period">The running billing period; null before the start and after the end.</param>
/// <param name="CardKey">A card's key by its number.</param>
public sealed record SubscriptionStand(
    Subscription Subscription, SubscriptionStatus Status, SubscriptionPhase Phase, Period? Period, Func<int, string> CardKey);
