using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Catalog;

/// <summary>What a customer may change about its subscription by itself: from one card that is offered to all to another, and nothing about its prices.</summary>
internal static class OwnChoice
{
    /// <summary>Whether a card can be chosen by a customer: published, in its currency, billed in the rhythm of the running subscription, and not retired.</summary>
    public static bool Offers(RateCard card, Customer customer, Subscription? running, DateTimeOffset now) =>
        card.RetiredAt is null && card.VersionAt(now)?.Content is { SelfService: true } content && content.Currency == customer.Currency
        && (running is null || running.EndsAt <= now || content.Interval == running.Interval);

    /// <summary>Why a customer may not leave its subscription's terms by itself; null where it may.</summary>
    public static string? Refuses(RegisterState state, Subscription? running, DateTimeOffset now)
    {
        if (running is null || running.EndsAt <= now)
        {
            return null;
        }

        var phase = running.PhaseAt(now);
        return phase.PinnedVersion is not null || phase.Overrides.Count > 0 || phase.Discounts.Count > 0 || phase.Commitment is not null
            ? "Your prices were agreed with you in person. Ask for the change, so that nothing of that is lost."
            : state.Card(phase.RateCardId).VersionAt(now)?.Content.SelfService == true ? null : "Your plan is changed by the operator: ask for it.";
    }

    /// <summary>Refuses what a customer may not ask for. An operator may ask for anything.</summary>
    /// <exception cref="Refusal">Forbidden.</exception>
    public static void Check(Actor actor, RegisterState state, Customer customer, Subscription? running, SubscriptionTerms terms, DateTimeOffset now)
    {
        if (actor.CustomerId is null)
        {
            return;
        }

        if (Refuses(state, running, now) is { } reason)
        {
            throw Refusal.Forbidden(reason);
        }

        if (state.Card(terms.RateCard) is not { } card || !Offers(card, customer, running, now))
        {
            throw Refusal.Forbidden($"The card '{terms.RateCard}' cannot be chosen by customers. Choose one that is offered, or ask the operator.");
        }

        // Whoever may choose when, how long free and at which prices pays what it likes.
        if (terms is not { Version: null, StartsAt: null, AnchorDay: null, TrialEndsAt: null, Change: null, Commitment: null, Overrides.Count: 0, Discounts.Count: 0 })
        {
            throw Refusal.Forbidden("A customer chooses the card and nothing else: version, dates, prices, discounts, commitment and trial are set by the operator, and lower fees begin when the period ends.");
        }
    }
}
