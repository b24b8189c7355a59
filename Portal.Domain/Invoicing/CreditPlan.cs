using Portal.Domain.Credits;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What credits do to an amount: promotional ones lower what is taxed, prepaid ones pay the total. Spend, preview and invoice ask here.</summary>
/// <param name="Promotional">What is taken of promotional grants.</param>
/// <param name="Tax">The tax on what they leave; null for none.</param>
/// <param name="Total">What is owed then, minor units.</param>
/// <param name="Prepaid">What is taken of prepaid grants for it.</param>
public sealed record CreditPlan(IReadOnlyList<CreditUse> Promotional, InvoiceTax? Tax, long Total, IReadOnlyList<CreditUse> Prepaid)
{
    /// <summary>What is taken of all grants, in the order in which they are used.</summary>
    public IEnumerable<CreditUse> Uses => Promotional.Concat(Prepaid);

    /// <summary>What promotional credits take off, minor units.</summary>
    public long Credits => Promotional.Sum(use => use.Amount);

    /// <summary>What prepaid credits pay, minor units.</summary>
    public long Paid => Prepaid.Sum(use => use.Amount);

    /// <summary>Works it out.</summary>
    /// <param name="grants">What the customer has left.</param>
    /// <param name="lines">The amount of each line, minor units, with its price's key.</param>
    /// <param name="net">The lines less discounts.</param>
    /// <param name="treatment">How the customer is taxed; null for no tax at all.</param>
    /// <param name="from">Business time: credits that had expired by then pay nothing.</param>
    public static CreditPlan Of(
        IReadOnlyList<CreditGrant> grants, IReadOnlyList<(string? Price, long Amount)> lines, Money net, TaxTreatment? treatment, DateTimeOffset from)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var prices = lines.Select(line => line.Price).ToList();
        var left = Share(net, [.. lines.Select(line => line.Amount)]);
        var promotional = Burndown.Take(grants, CreditKind.Promotional, prices, left, from);
        var taxed = new Money(net.Minor - promotional.Sum(use => use.Amount), net.Currency);
        var tax = treatment?.On(taxed);
        var total = taxed.Minor + (treatment is { Included: true } ? 0 : tax?.Amount ?? 0);
        return new CreditPlan(promotional, tax, total, Burndown.Take(grants, CreditKind.Prepaid, prices, Share(new Money(total, net.Currency), left), from));
    }

    // Discounts, what the cap keeps off, and tax fall on the lines in proportion.
    private static long[] Share(Money total, long[] lines)
    {
        decimal[] weights = [.. lines.Select(line => (decimal)Math.Max(0, line))];
        return total.Minor <= 0 || weights.All(weight => weight == 0) ? new long[lines.Length] : [.. Money.Split(total, weights).Select(part => part.Minor)];
    }
}
