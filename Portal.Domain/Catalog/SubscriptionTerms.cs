using System.Globalization;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Catalog;

/// <summary>When a change of a running subscription takes effect.</summary>
public enum SubscriptionTime
{
    /// <summary>At once.</summary>
    Now,

    /// <summary>When the running billing period ends.</summary>
    PeriodEnd,
}

/// <summary>What is asked for a subscription: the card and how it is applied.</summary>
/// <param name="RateCard">The card's key.</param>
public sealed record SubscriptionTerms(string RateCard)
{
    /// <summary>The version to stay on; null follows the newest.</summary>
    public int? Version { get; init; }

    /// <summary>When the first period begins; null for now.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>The day on which later periods begin; null for the day of the start.</summary>
    public int? AnchorDay { get; init; }

    /// <summary>Prices that replace those of the same key, or are added.</summary>
    public IReadOnlyList<Price> Overrides { get; init; } = [];

    /// <summary>What is taken off each period, in this order; those that hold already go on counting their periods.</summary>
    public IReadOnlyList<Discount> Discounts { get; init; } = [];

    /// <summary>What the customer agrees to spend in each period; null for nothing.</summary>
    public Commitment? Commitment { get; init; }

    /// <summary>Until when nothing is charged; null for the card's trial.</summary>
    public DateTimeOffset? TrialEndsAt { get; init; }

    /// <summary>When a change takes effect; null lets lower fees wait for the period's end, and all else begin now.</summary>
    public SubscriptionTime? Change { get; init; }

    /// <summary>The card, after its terms have been checked for this customer.</summary>
    /// <exception cref="InvalidInputException">Names each field that makes no sense.</exception>
    internal (RateCard Card, RateCardContent Content) Resolve(RegisterState state, Customer customer, DateTimeOffset at)
    {
        var card = state.Card(RateCard) ?? throw InvalidInputException.At("rateCard", $"There is no rate card '{RateCard}': create it with PUT /v1/rate-cards/{RateCard}.");
        if (card.RetiredAt is not null && state.ById.GetValueOrDefault(customer.Id)?.Subscription?.Phases.Exists(phase => phase.RateCardId == card.Id) != true)
        {
            throw InvalidInputException.At("rateCard", $"Rate card '{RateCard}' is retired: no new subscription may take it. Choose another, or offer it again with DELETE /v1/rate-cards/{RateCard}/retirement.");
        }

        if (card.VersionAt(at) is not { } current)
        {
            throw InvalidInputException.At("rateCard", $"Rate card '{RateCard}' has no published version: publish it with POST /v1/rate-cards/{RateCard}/publish.");
        }

        if (Version is not null && card.Versions.TrueForAll(version => version.Number != Version))
        {
            throw InvalidInputException.At("version", $"Rate card '{RateCard}' has no version {Version}: the newest is {card.Versions.Max(version => version.Number)}. Leave it out to follow the newest.");
        }

        var content = (card.Versions.Find(version => version.Number == Version) ?? current).Content;
        var errors = new FieldErrors();
        if (content.Currency != customer.Currency)
        {
            errors.Add("rateCard", $"Rate card '{RateCard}' is in {content.Currency}, but customer '{customer.Key}' pays in {customer.Currency}: use a card in {customer.Currency}.");
        }

        if (AnchorDay is { } day && !BillingCalendar.IsAnchorDay(day, content.Interval))
        {
            errors.Add("anchorDay", $"The anchor day is a whole number from 1 to {BillingCalendar.LastAnchorDay(content.Interval)}.");
        }

        var currency = Currency.Of(customer.Currency);
        Discount.Check(Discounts, "discounts", currency, errors);
        Commitment?.Check("commitment", content.Interval, currency, errors);
        CheckOverrides(content, state, errors);
        errors.ThrowIfAny();
        return (card, content);
    }

    private void CheckOverrides(RateCardContent content, RegisterState state, FieldErrors errors)
    {
        var own = Overrides.Select((price, i) => (Price: price, Path: string.Create(CultureInfo.InvariantCulture, $"overrides[{i}]"))).ToList();
        PriceCheck.Each(own, content.Interval, state.Meter, errors);
        if (!errors.Any && own.Count > 0)
        {
            // The card itself has no ties, so the first price of a tie may be the card's and the later one is always an override.
            var kept = content.Prices.Where(price => own.TrueForAll(other => other.Price.Key != price.Key)).Select(price => (price, "rateCard"));
            PriceCheck.Ties([.. kept, .. own], errors);
        }
    }
}
