using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Opens a line of the running period's spend into the events behind it: those of the groups that its price takes.</summary>
public sealed class PriceEvents(Register register, EventReader events, BusinessClock clock)
{
    private static readonly Dictionary<string, string> s_allGroups = [];

    /// <summary>A page of the events, newest first; none for a price without a meter.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="customerKey">The customer.</param>
    /// <param name="priceKey">The line's price.</param>
    /// <param name="within">From when to when; null for the running billing period.</param>
    /// <param name="after">Where the page before ended; null for the first.</param>
    /// <param name="limit">The most events of the page.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's.</exception>
    /// <exception cref="InvalidInputException">Where the customer has no such price.</exception>
    public async Task<EventPage> Read(
        Actor actor, string customerKey, string priceKey, Period? within, string? after, int limit, CancellationToken cancellation)
    {
        var entry = register.Now.Customer(actor, Permission.ReadUsage, customerKey);
        var now = clock.GetUtcNow();
        if (entry.Subscription is not { } subscription || BillingPeriods.At(entry.Customer, subscription, now) is not { } period)
        {
            throw InvalidInputException.At("line", $"Customer '{customerKey}' has no running subscription, so there is no line '{priceKey}'.");
        }

        var prices = BillingSegment.PricesAt(subscription.PhaseAt(now), now, register.Now.Card);
        var price = prices.FirstOrDefault(candidate => candidate.Key == priceKey)
            ?? throw InvalidInputException.At("line", $"There is no line '{priceKey}': name a price of the customer's spend, or a line of an invoice, such as \"INV-000012/3\".");
        return price.Meter is { } key && register.Now.Meter(key) is { } meter
            ? await events.Read(actor, new EventQuery(customerKey, meter.Key, s_allGroups, within ?? period, after, limit)
            {
                Takes = group => PriceAllocation.Takes(price, prices, meter, group),
            }, cancellation)
            : new EventPage([], null);
    }
}
