using System.Globalization;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>A price as its customer sees it.</summary>
/// <param name="Price">The price.</param>
/// <param name="Meter">Its meter; null for a fee.</param>
/// <param name="Words">What it asks, in a sentence.</param>
/// <param name="Used">Units of the running period; 0 for a fee.</param>
/// <param name="Events">How many events they come from, where the price asks.</param>
/// <param name="IsOwn">Whether it was agreed with this customer, and is not the card's.</param>
public sealed record CustomerPrice(Price Price, Meter? Meter, string Words, decimal Used, long Events, bool IsOwn);

/// <summary>A change of prices that is coming.</summary>
/// <param name="From">When it begins.</param>
/// <param name="Changes">What differs, in sentences.</param>
/// <param name="Effect">What a past period came to, and would have come to under the new prices; null where there is none to tell by.</param>
public sealed record PriceChange(DateTimeOffset From, IReadOnlyList<string> Changes, PriceEffect? Effect);

/// <summary>What new prices would have meant.</summary>
/// <param name="Period">The period, the last one that is over, or the running one.</param>
/// <param name="Was">What it comes to, before credits and tax.</param>
/// <param name="WouldBe">What it would come to.</param>
public sealed record PriceEffect(Period Period, Money Was, Money WouldBe);

/// <summary>What a customer pays, and what will change.</summary>
/// <param name="Content">What its card says now.</param>
/// <param name="Subscription">The subscription.</param>
/// <param name="Phase">The terms in force.</param>
/// <param name="Version">The card's version in force.</param>
/// <param name="Prices">The prices, in the order of the invoice.</param>
/// <param name="Coming">Changes ahead, the next one first.</param>
/// <param name="Spend">The running period; null where none runs.</param>
public sealed record CustomerPricing(
    RateCardContent Content, SubscriptionStand Subscription, SubscriptionPhase Phase, RateCardVersion Version,
    IReadOnlyList<CustomerPrice> Prices, IReadOnlyList<PriceChange> Coming, Spend? Spend);

/// <summary>Reads what a customer pays: the same prices and the same rating as on its invoice.</summary>
public sealed class PricingReader(Register register, SpendReader spends, SubscriptionReader subscriptions, UsageReader usage, BusinessClock clock)
{
    /// <summary>The prices of a customer; null where no subscription runs.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<CustomerPricing?> Of(Actor actor, string customerKey, CultureInfo culture, CancellationToken cancellation)
    {
        var state = register.Now;
        var entry = state.Customer(actor, Permission.ReadUsage, customerKey);
        var now = clock.GetUtcNow();
        if (entry.Subscription is not { } subscription || subscription.EndsAt <= now)
        {
            return null;
        }

        var at = now < subscription.StartsAt ? subscription.StartsAt : now;
        var phase = subscription.PhaseAt(at);
        var content = BillingSegment.ContentAt(phase, at, state.Card);
        var card = state.Card(phase.RateCardId);
        var version = card.Versions.Find(candidate => candidate.Number == phase.PinnedVersion) ?? card.VersionAt(at)!;
        var spend = await spends.Current(entry, cancellation);
        var currency = Currency.Of(content.Currency);
        var prices = phase.PricesOn(content).Select(price => (Price: price, Meter: price.Meter is { } key ? state.Meter(key) : null)).Select(price => new CustomerPrice(
            price.Price, price.Meter, PriceWords.Of(price.Price, price.Meter?.Unit, content.Interval, currency, culture),
            price.Meter is null ? 0 : spend?.Charges.Where(charge => charge.Price.Key == price.Price.Key).Sum(charge => charge.Quantity) ?? 0,
            spend?.Charges.Where(charge => charge.Price.Key == price.Price.Key).SelectMany(charge => charge.Steps).Sum(step => step.Events ?? 0) ?? 0,
            phase.Overrides.Exists(own => own.Key == price.Price.Key)));
        return new CustomerPricing(
            content, subscriptions.Stand(entry.Customer, subscription), phase, version, [.. prices], await Coming(entry, subscription, at, culture, cancellation), spend);
    }

    private async Task<List<PriceChange>> Coming(CustomerEntry entry, Subscription subscription, DateTimeOffset now, CultureInfo culture, CancellationToken cancellation)
    {
        var state = register.Now;
        var instants = subscription.Phases.Select(phase => phase.From)
            .Concat(subscription.Phases.Where(phase => phase.PinnedVersion is null).SelectMany(phase => state.Card(phase.RateCardId).Versions.Select(version => version.EffectiveFrom)))
            .Where(instant => instant > now && !(subscription.EndsAt <= instant)).Distinct().Order();
        var changes = new List<PriceChange>();
        foreach (var instant in instants)
        {
            var (before, after) = (PricesAt(subscription, instant.AddTicks(-1)), PricesAt(subscription, instant));
            if (RateCardChanges.Between(before, after, state.Meter, culture) is { Count: > 0 } words)
            {
                changes.Add(new PriceChange(instant, words, await Effect(entry, subscription, instant, now, cancellation)));
            }
        }

        return changes;
    }

    /// <summary>The last whole period under the coming prices; the running one where none is over yet.</summary>
    private async Task<PriceEffect?> Effect(CustomerEntry entry, Subscription subscription, DateTimeOffset instant, DateTimeOffset now, CancellationToken cancellation)
    {
        var phase = subscription.PhaseAt(instant);
        if (BillingPeriods.At(entry.Customer, subscription, now) is not { } running
            || phase.Overrides.Count + subscription.PhaseAt(now).Overrides.Count > 0 && phase != subscription.PhaseAt(now))
        {
            return null;
        }

        var period = running.Start > subscription.StartsAt ? BillingPeriods.At(entry.Customer, subscription, running.Start.AddTicks(-1)) ?? running : running;
        await using var snapshot = await usage.Snapshot(cancellation);
        var (was, wouldBe) = await spends.Under(entry, subscription, period, BillingSegment.ContentAt(phase, instant, register.Now.Card), snapshot, cancellation);
        return new PriceEffect(period, was.Net, wouldBe.Net);
    }

    private RateCardContent PricesAt(Subscription subscription, DateTimeOffset at)
    {
        var phase = subscription.PhaseAt(at);
        var content = BillingSegment.ContentAt(phase, at, register.Now.Card);
        return content with { Prices = phase.PricesOn(content) };
    }
}
