using Portal.Domain.Accounts;
using Portal.Domain.Storage;

namespace Portal.Domain.Catalog;

/// <summary>Who is on a rate card: whom a new version will bill.</summary>
/// <param name="Followers">Customers that follow the newest version.</param>
/// <param name="Pinned">Customers that stay on a version whatever is published.</param>
/// <param name="Customers">All of them, each with the version that it pays by.</param>
public sealed record CardAudience(IReadOnlyList<Customer> Followers, IReadOnlyList<Customer> Pinned, IReadOnlyList<CardCustomer> Customers)
{
    /// <summary>The customers whose subscription is on the card at an instant or will be, by name.</summary>
    /// <param name="card">The card.</param>
    /// <param name="state">Customers and their subscriptions.</param>
    /// <param name="now">The instant, in business time.</param>
    public static CardAudience Of(RateCard card, RegisterState state, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(card);
        ArgumentNullException.ThrowIfNull(state);
        var on = state.ById.Values
            .Where(entry => entry.Subscription is { } subscription && !(subscription.EndsAt <= now))
            .Select(entry => (entry.Customer, Subscription: entry.Subscription!, Phase: PhaseOn(entry.Subscription!, card, now)))
            .Where(entry => entry.Phase is not null)
            .OrderBy(entry => entry.Customer.Name, StringComparer.OrdinalIgnoreCase)
            .ToList();
        var follows = on.ToLookup(entry => entry.Phase!.PinnedVersion is null, entry => entry.Customer);
        return new CardAudience([.. follows[true]], [.. follows[false]], [.. on.Select(entry => CardCustomer.Of(entry.Customer, entry.Subscription, card, state, now))]);
    }

    private static SubscriptionPhase? PhaseOn(Subscription subscription, RateCard card, DateTimeOffset now) =>
        subscription.Phases.Where(phase => phase.From > now).Append(subscription.PhaseAt(now)).FirstOrDefault(phase => phase.RateCardId == card.Id);
}

/// <summary>A customer on a rate card, and the version that it pays by.</summary>
/// <param name="Customer">The customer.</param>
/// <param name="Version">The version now; null where it is on another card until later.</param>
/// <param name="IsPinned">Whether it stays on that version whatever is published.</param>
/// <param name="OwnPrices">How many prices were agreed with it.</param>
/// <param name="Next">What it pays by next, and from when; null where nothing is planned.</param>
public sealed record CardCustomer(Customer Customer, int? Version, bool IsPinned, int OwnPrices, (DateTimeOffset From, string Words)? Next)
{
    internal static CardCustomer Of(Customer customer, Subscription subscription, RateCard card, RegisterState state, DateTimeOffset now)
    {
        var phase = subscription.PhaseAt(now);
        var isOnIt = phase.RateCardId == card.Id;
        var planned = subscription.Phases.Where(coming => coming.From > now).MinBy(coming => coming.From);
        var waits = isOnIt && phase.PinnedVersion is null
            ? card.Versions.Where(version => version.EffectiveFrom > now && !(planned?.From <= version.EffectiveFrom)).MinBy(version => version.EffectiveFrom)
            : null;
        (DateTimeOffset, string)? next = waits is not null ? (waits.EffectiveFrom, $"version {waits.Number}")
            : planned is null ? null
            : planned.RateCardId != card.Id ? (planned.From, state.Card(planned.RateCardId).Newest().Name)
            : (planned.From, planned.PinnedVersion is { } number ? $"version {number}, stays" : "the newest version");
        return new CardCustomer(
            customer, isOnIt ? phase.PinnedVersion ?? card.VersionAt(now)?.Number : null, phase.PinnedVersion is not null, isOnIt ? phase.Overrides.Count : 0, next);
    }
}
