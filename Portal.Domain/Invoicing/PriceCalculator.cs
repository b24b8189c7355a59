using Portal.Domain.Catalog;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What a whole billing period would come to with given quantities: by the rater and the agreement of the invoice.</summary>
public static class PriceCalculator
{
    /// <summary>The charges and what the agreement makes of them.</summary>
    /// <param name="phase">The terms, whose discounts are all taken to hold.</param>
    /// <param name="quantities">Each price with its meter, units and events.</param>
    /// <param name="period">The period.</param>
    /// <param name="currency">The customer's currency.</param>
    public static Spend Of(SubscriptionPhase phase, IReadOnlyList<(Price Price, Meter? Meter, RatedUsage Usage)> quantities, Period period, Currency currency)
    {
        ArgumentNullException.ThrowIfNull(phase);
        ArgumentNullException.ThrowIfNull(quantities);
        var segment = new BillingSegment(period, [.. quantities.Select(entry => entry.Price)], Charged: true) { Discounts = phase.Discounts, Commitment = phase.Commitment };
        List<Charge> charges =
        [
            .. quantities.Select(entry => (entry.Price, entry.Meter, entry.Usage, Rated: Rater.Rate(entry.Price.Terms, entry.Meter is null ? new RatedUsage(1, 1) : entry.Usage)))
                .Select(entry => new Charge(
                    entry.Price, entry.Meter, period, entry.Meter is null ? 1 : entry.Usage.Quantity, Math.Min(entry.Price.Terms.Included, entry.Usage.Quantity),
                    entry.Rated.Exact, Money.Round(entry.Rated.Exact, currency), entry.Rated.Steps)),
        ];
        var agreement = Agreement.Of([segment], charges, period.Duration, currency, _ => true, (_, _) => Money.Zero(currency));
        return new Spend(period, currency, charges, agreement, null, new Dictionary<string, decimal>(), period.Start);
    }
}
