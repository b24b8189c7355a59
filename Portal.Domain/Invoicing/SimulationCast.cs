using System.Globalization;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;

namespace Portal.Domain.Invoicing;

/// <summary>Whom a simulation is about. Nobody is left out silently: who cannot be rated is named, with the reason.</summary>
/// <param name="Rated">Those whose periods are rated.</param>
/// <param name="Skipped">Those that are not.</param>
internal sealed record SimulationCast(IReadOnlyList<CustomerEntry> Rated, IReadOnlyList<SkippedCustomer> Skipped)
{
    /// <summary>The customers that a question names, or everyone, or those on the card.</summary>
    public static SimulationCast Of(SimulationQuestion question, RateCard card, RegisterState state, DateTimeOffset now)
    {
        var skipped = new List<SkippedCustomer>();
        var rated = new List<CustomerEntry>();
        foreach (var entry in Asked(question, card, state, now, skipped))
        {
            if (Obstacle(entry, card) is { } obstacle)
            {
                skipped.Add(obstacle);
            }
            else
            {
                rated.Add(entry);
            }
        }

        return new SimulationCast(rated, skipped);
    }

    private static IEnumerable<CustomerEntry> Asked(SimulationQuestion question, RateCard card, RegisterState state, DateTimeOffset now, List<SkippedCustomer> skipped)
    {
        if (question.Customers is { } named)
        {
            return named.Distinct(StringComparer.Ordinal).Select(key => state.ByKey[key]);
        }

        if (question.Everyone)
        {
            return state.ById.Values;
        }

        var audience = CardAudience.Of(card, state, now);
        skipped.AddRange(audience.Pinned.Select(customer => new SkippedCustomer(
            customer, "pinned", string.Create(CultureInfo.InvariantCulture, $"It stays on version {VersionOf(state.ById[customer.Id], card, now)}, whatever is published. Name it to rate it all the same."))));
        return audience.Followers.Select(customer => state.ById[customer.Id]);
    }

    private static int? VersionOf(CustomerEntry entry, RateCard card, DateTimeOffset now)
    {
        var phases = entry.Subscription!.Phases.Where(phase => phase.RateCardId == card.Id && phase.PinnedVersion is not null).ToList();
        return (phases.Where(phase => phase.From <= now).MaxBy(phase => phase.From) ?? phases.MinBy(phase => phase.From))?.PinnedVersion;
    }

    private static SkippedCustomer? Obstacle(CustomerEntry entry, RateCard card)
    {
        var (customer, content) = (entry.Customer, card.Newest());
        if (entry.Subscription is not { } subscription)
        {
            return new SkippedCustomer(customer, "no_subscription", "It has no subscription, so it has no billing periods.");
        }

        if (customer.Currency != content.Currency)
        {
            return new SkippedCustomer(customer, "other_currency", $"It pays in {customer.Currency}, and the card is in {content.Currency}.");
        }

        return subscription.Interval != content.Interval
            ? new SkippedCustomer(customer, "other_interval", $"It is billed every {PriceWords.Word(subscription.Interval)}, and the card is for a {PriceWords.Word(content.Interval)}.")
            : null;
    }
}
