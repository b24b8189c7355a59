using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Catalog;

/// <summary>Reads meters and rate cards. A customer sees the cards of its own subscription and their meters: another's prices are another's business.</summary>
public sealed class CatalogReader(Register register, BusinessClock clock)
{
    /// <summary>The rate cards that the caller may see, by key.</summary>
    public IReadOnlyList<RateCard> Cards(Actor actor)
    {
        actor.Require(Permission.ReadCatalog);
        return actor.CustomerId is { } own ? [.. OwnCards(own).Union(Offered(own)).OrderBy(card => card.Key, StringComparer.Ordinal)] : register.Now.Cards;
    }

    /// <summary>The cards that a customer may choose by itself, by key: its own terms are for the operator to change.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public IReadOnlyList<RateCard> Offered(Actor actor, string customerKey) =>
        [.. Offered(register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer.Id)];

    private IEnumerable<RateCard> Offered(int customerId)
    {
        var (state, now) = (register.Now, clock.GetUtcNow());
        var entry = state.ById[customerId];
        return OwnChoice.Refuses(state, entry.Subscription, now) is null
            ? state.Cards.Where(card => OwnChoice.Offers(card, entry.Customer, entry.Subscription, now))
            : [];
    }

    /// <summary>The rate card of this key.</summary>
    /// <exception cref="Refusal">NotFound where there is none, or it is not the caller's.</exception>
    public RateCard Card(Actor actor, string key) =>
        Cards(actor).FirstOrDefault(card => card.Key == key) ?? throw Refusal.NotFound("rate card", key);

    /// <summary>A published version of a rate card.</summary>
    /// <exception cref="Refusal">NotFound where there is none.</exception>
    public RateCardVersion Version(Actor actor, string key, int number) =>
        Card(actor, key).Versions.Find(version => version.Number == number) ?? throw Refusal.NotFound("version", $"{key}/{number}");

    /// <summary>The meters that the caller may see, by key.</summary>
    public IReadOnlyList<Meter> Meters(Actor actor)
    {
        actor.Require(Permission.ReadCatalog);
        if (actor.CustomerId is not { } own)
        {
            return register.Now.Meters;
        }

        var used = PricesOf(own).Select(price => price.Meter).ToHashSet(StringComparer.Ordinal);
        return [.. register.Now.Meters.Where(meter => used.Contains(meter.Key))];
    }

    /// <summary>The meter of this key.</summary>
    /// <exception cref="Refusal">NotFound where there is none, or the caller's cards do not use it.</exception>
    public Meter Meter(Actor actor, string key) =>
        Meters(actor).FirstOrDefault(meter => meter.Key == key) ?? throw Refusal.NotFound("meter", key);

    private List<RateCard> OwnCards(int customerId)
    {
        var state = register.Now;
        var phases = state.ById[customerId].Subscription?.Phases ?? [];
        return [.. phases.Select(phase => phase.RateCardId).Distinct().Select(state.Card).OrderBy(card => card.Key, StringComparer.Ordinal)];
    }

    private IEnumerable<Price> PricesOf(int customerId) => OwnCards(customerId)
        .SelectMany(card => card.Versions).SelectMany(version => version.Content.Prices)
        .Concat((register.Now.ById[customerId].Subscription?.Phases ?? []).SelectMany(phase => phase.Overrides));
}
