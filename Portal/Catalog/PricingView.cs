using Portal.Accounts;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Catalog;

/// <summary>What the pricing pages show.</summary>
/// <param name="Caller">Who looks.</param>
/// <param name="Customer">The customer.</param>
/// <param name="Pricing">Its prices; null where no subscription runs.</param>
/// <param name="CardKey">The key of its card; empty where none runs.</param>
/// <param name="Offered">The cards that it may choose by itself, by key.</param>
/// <param name="Meters">The meters of these cards.</param>
/// <param name="Now">When this was read, in business time.</param>
public sealed record PricingView(
    CustomerCaller Caller, Customer Customer, CustomerPricing? Pricing, string CardKey, IReadOnlyList<RateCard> Offered, IReadOnlyList<Meter> Meters, DateTimeOffset Now)
{
    /// <summary>The customer's zone.</summary>
    public string Zone => Customer.TimeZone;

    /// <summary>Whether the person may change the plan. The domain asks the gate again when it is changed.</summary>
    public bool MayChange => Caller.Actor.May(Permission.ManageBilling);
}

/// <summary>Reads what the pricing pages show.</summary>
public sealed class PricingViewReader(PricingReader prices, CatalogReader catalog, Register register, BusinessClock clock)
{
    /// <summary>Reads it for a member of the customer's team.</summary>
    /// <exception cref="Refusal">Where the caller may not see it.</exception>
    public async Task<PricingView> Read(CustomerCaller caller, System.Globalization.CultureInfo culture, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var pricing = await prices.Of(caller.Actor, caller.Key, culture, cancellation);
        return new PricingView(
            caller, register.Now.ByKey[caller.Key].Customer, pricing, pricing is null ? "" : register.Now.Card(pricing.Phase.RateCardId).Key,
            caller.Actor.May(Permission.ReadBilling) ? catalog.Offered(caller.Actor, caller.Key) : [], register.Now.Meters, clock.GetUtcNow());
    }
}
