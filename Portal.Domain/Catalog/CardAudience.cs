using Portal.Domain.Accounts;
using Portal.Domain.Storage;

namespace Portal.Domain.Catalog;

/// <summary>Who is on a rate card: whom a new version will bill.</summary>
/// <param name="Followers">Customers that follow the newest version.</param>
/// <param name="Pinned">Customers that stay on a version whatever is published.</param>
public sealed record CardAudience(IReadOnlyList<Customer> Followers, IReadOnlyList<Customer> Pinned)
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
            .Select(entry => (entry.Customer, Phase: PhaseOn(entry.Subscription!, card, now)))
            .Where(entry => entry.Phase is not null)
            .OrderBy(entry => entry.Customer.Name, StringComparer.OrdinalIgnoreCase)
            .ToLookup(entry => entry.Phase!.PinnedVersion is null, entry => entry.Customer);
        return new CardAudience([.. on[true]], [.. on[false]]);
    }

    private static SubscriptionPhase? PhaseOn(Subscription subscription, RateCard card, DateTimeOffset now) =>
        subscription.Phases.Where(phase => phase.From > now).Append(subscription.PhaseAt(now)).FirstOrDefault(phase => phase.RateCardId == card.Id);
}
