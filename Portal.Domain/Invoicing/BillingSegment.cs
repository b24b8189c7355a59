using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>A stretch of a billing period in which one set of prices holds.</summary>
/// <param name="Period">The stretch.</param>
/// <param name="Prices">The card's prices with the subscription's overrides, in the order of the card.</param>
/// <param name="Charged">False during a trial: usage is shown with what it would have cost, and nothing is charged.</param>
public sealed record BillingSegment(Period Period, IReadOnlyList<Price> Prices, bool Charged)
{
    /// <summary>What is taken off, in the order in which it is taken off.</summary>
    public IReadOnlyList<Discount> Discounts { get; init; } = [];

    /// <summary>What was agreed to be spent; null for nothing.</summary>
    public Commitment? Commitment { get; init; }

    /// <summary>Cuts a billing period wherever the prices change: a phase begins, a version takes effect, a trial ends.</summary>
    /// <param name="period">The billing period.</param>
    /// <param name="subscription">With its phases.</param>
    /// <param name="card">A rate card by its number, with its versions.</param>
    /// <remarks>Fees with an interval of their own are left out: <see cref="FeeSchedule"/> has them.</remarks>
    public static IReadOnlyList<BillingSegment> Cut(Period period, Subscription subscription, Func<int, RateCard> card) =>
        Cut(period, subscription, card, price => price.Interval is null || price.Interval == subscription.Interval);

    /// <summary>The same with the prices that are asked for.</summary>
    internal static IReadOnlyList<BillingSegment> Cut(Period period, Subscription subscription, Func<int, RateCard> card, Func<Price, bool> isMeant)
    {
        var cuts = new SortedSet<DateTimeOffset> { period.Start, period.End };
        cuts.UnionWith(subscription.Phases.Select(phase => phase.From).Where(period.Contains));
        cuts.UnionWith(subscription.Phases
            .Where(phase => phase.PinnedVersion is null)
            .SelectMany(phase => card(phase.RateCardId).Versions.Select(version => version.EffectiveFrom))
            .Where(period.Contains));
        if (subscription.TrialEndsAt is { } trialEnd && period.Contains(trialEnd))
        {
            cuts.Add(trialEnd);
        }

        var segments = new List<BillingSegment>();
        foreach (var (start, end) in cuts.Zip(cuts.Skip(1)))
        {
            var phase = subscription.PhaseAt(start);
            List<Price> prices = [.. PricesAt(phase, start, card).Where(isMeant)];
            var charged = !(subscription.TrialEndsAt > start);
            if (segments is [.., var last] && last.Charged == charged && last.Prices.SequenceEqual(prices)
                && last.Commitment == phase.Commitment && last.Discounts.SequenceEqual(phase.Discounts))
            {
                segments[^1] = last with { Period = new Period(last.Period.Start, end) };
            }
            else
            {
                segments.Add(new BillingSegment(new Period(start, end), prices, charged) { Discounts = phase.Discounts, Commitment = phase.Commitment });
            }
        }

        return segments;
    }

    /// <summary>The prices in force at an instant: the card's, with the phase's overrides in place of those of the same key, or added.</summary>
    public static IReadOnlyList<Price> PricesAt(SubscriptionPhase phase, DateTimeOffset at, Func<int, RateCard> card) =>
        phase.PricesOn(ContentAt(phase, at, card));

    /// <summary>How a subscription's customer is billed at an instant: as was agreed with it, else as its card says.</summary>
    public static BillingTerms TermsAt(Customer customer, Subscription subscription, DateTimeOffset at, Func<int, RateCard> card)
    {
        ArgumentNullException.ThrowIfNull(customer);
        ArgumentNullException.ThrowIfNull(subscription);
        return customer.Billing ?? ContentAt(subscription.PhaseAt(at), at, card).Billing;
    }

    /// <summary>How a customer is billed at an instant, or when its subscription starts: as was agreed with it, or as its card says; null without a subscription.</summary>
    public static BillingTerms? TermsAt(CustomerEntry entry, DateTimeOffset at, Func<int, RateCard> card)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.Customer.Billing ?? (entry.Subscription is { } subscription
            ? ContentAt(subscription.PhaseAt(at > subscription.StartsAt ? at : subscription.StartsAt), at, card).Billing
            : null);
    }

    /// <summary>What the phase's card says at an instant: the pinned version, or the one in force.</summary>
    public static RateCardContent ContentAt(SubscriptionPhase phase, DateTimeOffset at, Func<int, RateCard> card)
    {
        var versions = card(phase.RateCardId);
        return (phase.PinnedVersion is { } number
            ? versions.Versions.Single(version => version.Number == number)
            : versions.VersionAt(at)!).Content;
    }
}
