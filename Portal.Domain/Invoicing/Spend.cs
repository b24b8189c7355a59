using Portal.Domain.Limits;
using Portal.Domain.Metering;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What a customer's billing period comes to, as of an instant: the figures that the invoice will bill.</summary>
/// <param name="Period">The whole billing period.</param>
/// <param name="Currency">The currency of every amount.</param>
/// <param name="Charges">What each price charges, in the order of the card.</param>
/// <param name="Agreement">What discounts take off, what the cap keeps off the bill, and what the commitment adds.</param>
/// <param name="Limit">Where the customer stands against its cap; null without one.</param>
/// <param name="Quantities">What each used meter came to in the period, in its unit, by the meter's key; features' limits count it.</param>
/// <param name="AsOf">When this was read, in business time.</param>
public sealed record Spend(
    Period Period,
    Currency Currency,
    IReadOnlyList<Charge> Charges,
    Agreement Agreement,
    LimitStand? Limit,
    IReadOnlyDictionary<string, decimal> Quantities,
    DateTimeOffset AsOf)
{
    /// <summary>Where the customer stands with its limits on parts of usage, in the order of their keys.</summary>
    public IReadOnlyList<UsageLimitStand> Parts { get; init; } = [];

    /// <summary>What it was rated by; null where that is not kept.</summary>
    internal SpendBasis? Basis { get; init; }

    /// <summary>The customer's usage version: events up to it are counted. 0 where nobody asked.</summary>
    internal long UsageVersion { get; init; }

    /// <summary>Rated usage without recurring fees, after discounts and before what the cap keeps off: what the cap counts.</summary>
    public Money Usage { get; } = Money.Sum(
        Charges.Zip(Agreement.OffCharges).Where(pair => pair.First.Meter is not null).Select(pair => pair.First.Amount - pair.Second), Currency);

    /// <summary>Rated usage before discounts, exact, in major units.</summary>
    public decimal ExactUsage { get; } = Charges.Where(charge => charge.Meter is not null).Sum(charge => charge.Exact);

    /// <summary>What the cap keeps off the bill; zero or more.</summary>
    public Money NotBilled => Agreement.NotBilled;

    /// <summary>What raises the period to the commitment; zero or more.</summary>
    public Money TopUp => Agreement.TopUp;

    /// <summary>All charges and the top-up to the commitment, less what the cap keeps off: the invoice's subtotal.</summary>
    public Money Subtotal { get; } = Money.Sum(Charges.Select(charge => charge.Amount), Currency) + Agreement.TopUp - Agreement.NotBilled;

    /// <summary>What discounts take off the subtotal; zero or more.</summary>
    public Money Discounted { get; } = Money.Sum(Agreement.Discounts.Select(discount => discount.Amount), Currency);

    /// <summary>What the period comes to before credits and tax.</summary>
    public Money Net => Subtotal - Discounted;

    /// <summary>What usage would have cost, had the trial not been.</summary>
    public Money Waived { get; } = Money.Sum(Charges.Select(charge => charge.Waived), Currency);
}

/// <summary>What a running period was rated by, so that it can be rated again with more usage while the database is away.</summary>
/// <param name="Segments">The period's segments.</param>
/// <param name="Totals">Usage from the period's start to the end of each segment: one more entry than segments, the first empty.</param>
internal sealed record SpendBasis(IReadOnlyList<BillingSegment> Segments, IReadOnlyList<IReadOnlyList<UsageTotal>> Totals);
