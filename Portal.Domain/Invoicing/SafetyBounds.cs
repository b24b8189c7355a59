using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Tells billing that looks wrong: pure, so that every border can be tried (DESIGN.md 3, Guards).</summary>
/// <param name="PerDay">The most invoices, and the most charges, of one customer in 24 hours.</param>
/// <param name="MedianFactor">How many times its own median an invoice may be.</param>
/// <param name="MedianFloor">Up to this total, in major units, an invoice is never compared.</param>
public sealed record SafetyBounds(int PerDay, decimal MedianFactor, decimal MedianFloor)
{
    /// <summary>How many period invoices there must be before the next one is compared with them.</summary>
    public const int InvoicesBefore = 5;

    /// <summary>Whether one more in the last 24 hours is too many.</summary>
    public bool IsTooMany(int inTheLastDay) => inTheLastDay >= PerDay;

    /// <summary>Whether a period's invoice is far above what is usual for its customer.</summary>
    /// <param name="total">Its total.</param>
    /// <param name="earlier">The totals of the customer's earlier period invoices, in minor units.</param>
    /// <param name="median">Their median, in minor units.</param>
    public bool IsFarAbove(Money total, IReadOnlyCollection<long> earlier, out Money median)
    {
        var sorted = earlier.Order().ToList();
        median = new Money(sorted.Count == 0 ? 0 : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2, total.Currency);
        return sorted.Count >= InvoicesBefore && total.Amount > MedianFloor && total.Amount > MedianFactor * median.Amount;
    }
}
