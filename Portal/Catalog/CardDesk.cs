using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;

namespace Portal.Catalog;

/// <summary>What the editor of a rate card shows beside the sheet.</summary>
/// <param name="Card">The card, with its draft and versions.</param>
/// <param name="Live">The version in force; null where nothing is published.</param>
/// <param name="Audience">Who is on it.</param>
/// <param name="Meters">The meters, by key.</param>
/// <param name="Customers">Customers whose running period can be priced by it: those on the card, then others who pay in its currency.</param>
/// <param name="MayEdit">Whether the person may change it.</param>
/// <param name="Now">When this was read, in business time.</param>
public sealed record CardDesk(
    RateCard Card, RateCardVersion? Live, CardAudience Audience, IReadOnlyList<Meter> Meters, IReadOnlyList<Customer> Customers, bool MayEdit, DateTimeOffset Now)
{
    // A list to choose from is no directory: whom one looks for beyond it is found on the customer's own page.
    private const int CustomersMax = 200;

    /// <summary>The number that the draft will have as a version.</summary>
    public int NextNumber => (Card.Versions.Max(version => (int?)version.Number) ?? 0) + 1;

    /// <summary>The newest published version, also one that waits for its time; null where nothing is published.</summary>
    public RateCardVersion? Newest => Card.Versions.MaxBy(version => version.Number);

    /// <summary>Gathers it.</summary>
    public static CardDesk Of(Actor actor, RateCard card, RegisterState state, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(state);
        var audience = CardAudience.Of(card, state, now);
        var on = audience.Followers.Concat(audience.Pinned).Where(customer => IsRunning(state, customer, now)).ToList();
        var others = state.ById.Values
            .Where(entry => entry.Customer.Currency == card.Newest().Currency && IsRunning(state, entry.Customer, now) && !on.Contains(entry.Customer))
            .Select(entry => entry.Customer)
            .OrderBy(customer => customer.Name, StringComparer.OrdinalIgnoreCase);
        return new CardDesk(
            card, card.VersionAt(now), audience, state.Meters, [.. on.Concat(others).Take(CustomersMax)], actor.May(Permission.ManageCatalog), now);
    }

    private static bool IsRunning(RegisterState state, Customer customer, DateTimeOffset now) =>
        state.ById[customer.Id].Subscription is { } subscription && subscription.StartsAt <= now && !(subscription.EndsAt <= now);
}
