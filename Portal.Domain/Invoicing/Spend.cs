using Portal.Domain.Limits;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What a customer's billing period comes to, as of an instant: the figures that the invoice will bill.</summary>
/// <param name="Period">The whole billing period.</param>
/// <param name="Currency">The currency of every amount.</param>
/// <param name="Charges">What each price charges, in the order of the card.</param>
/// <param name="NotBilled">What the cap keeps off the bill; zero or more.</param>
/// <param name="Limit">Where the customer stands against its cap; null without one.</param>
/// <param name="Quantities">What each used meter came to in the period, in its unit, by the meter's key; features' limits count it.</param>
/// <param name="AsOf">When this was read, in business time.</param>
public sealed record Spend(
    Period Period,
    Currency Currency,
    IReadOnlyList<Charge> Charges,
    Money NotBilled,
    LimitStand? Limit,
    IReadOnlyDictionary<string, decimal> Quantities,
    DateTimeOffset AsOf)
{
    /// <summary>Rated usage without recurring fees, before what the cap keeps off.</summary>
    public Money Usage { get; } = UsageOf(Charges, Currency);

    /// <summary>All charges less what the cap keeps off: the invoice's subtotal.</summary>
    public Money Subtotal { get; } = Money.Sum(Charges.Select(charge => charge.Amount), Currency) - NotBilled;

    internal static Money UsageOf(IEnumerable<Charge> charges, Currency currency) =>
        Money.Sum(charges.Where(charge => charge.Meter is not null).Select(charge => charge.Amount), currency);
}
