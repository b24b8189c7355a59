using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What billing will do, if nothing changes until then.</summary>
/// <param name="AsOf">By usage as of this instant, in business time.</param>
/// <param name="Until">Invoices that are made until this instant are in it; drafts are whatever theirs.</param>
/// <param name="Invoices">The invoices to come, by customer.</param>
public sealed record BillingPreview(DateTimeOffset AsOf, DateTimeOffset Until, IReadOnlyList<ComingInvoice> Invoices)
{
    /// <summary>What it comes to, currency by currency.</summary>
    public IReadOnlyList<BillingTotal> Totals { get; } =
    [
        .. Invoices.Where(invoice => invoice.IsIssued || invoice.IsHeld)
            .GroupBy(invoice => invoice.Net.Currency).OrderBy(same => same.Key.Code, StringComparer.Ordinal)
            .Select(same => BillingTotal.Of(same.Key, [.. same.Where(invoice => invoice.IsIssued)], [.. same.Where(invoice => invoice.IsHeld)])),
    ];
}

/// <summary>The invoices to come in one currency.</summary>
/// <param name="Invoices">How many are issued by themselves. The amounts are theirs.</param>
/// <param name="Net">Lines less discounts, before credits and tax.</param>
/// <param name="Credits">What promotional credits take off.</param>
/// <param name="Tax">The tax.</param>
/// <param name="Total">What is owed in all.</param>
/// <param name="Due">What is left to collect after prepaid credits and credit notes.</param>
/// <param name="Held">How many wait for a person instead.</param>
/// <param name="HeldTotal">What these come to in all.</param>
public sealed record BillingTotal(int Invoices, Money Net, Money Credits, Money Tax, Money Total, Money Due, int Held, Money HeldTotal)
{
    internal static BillingTotal Of(Currency currency, IReadOnlyList<ComingInvoice> issued, IReadOnlyList<ComingInvoice> held)
    {
        Money Sum(Func<ComingInvoice, Money> amount) => Money.Sum(issued.Select(amount), currency);
        return new BillingTotal(
            issued.Count, Sum(invoice => invoice.Net), Sum(invoice => invoice.Credits), Sum(invoice => invoice.Tax), Sum(invoice => invoice.Total), Sum(invoice => invoice.Due),
            held.Count, Money.Sum(held.Select(invoice => invoice.Total), currency));
    }
}
