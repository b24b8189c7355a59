using Portal.Api.Invoicing;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;

namespace Portal.Api.Catalog;

/// <summary>What a change of a subscription costs, as it is answered. Amounts have the digits of the currency.</summary>
/// <param name="EffectiveAt">When the new terms begin.</param>
/// <param name="Change">Whether that is now or at the period's end.</param>
/// <param name="Currency">ISO 4217 code.</param>
/// <param name="Period">The billing period that is running, or that the subscription begins with.</param>
/// <param name="Credit">What is given back of fees that were paid ahead.</param>
/// <param name="Charge">What is charged anew of fees in advance.</param>
/// <param name="DueNow">What is invoiced at once.</param>
/// <param name="Invoice">The invoice that is made at once; null where none is, and what is given back waits for the next.</param>
/// <param name="NextInvoice">The invoice that closes the period, by usage as of now.</param>
/// <param name="NextInvoiceAt">When the period closes.</param>
/// <param name="NextTotal">Its total.</param>
/// <param name="NextTotalWithout">Its total without the change; null where nothing runs.</param>
/// <param name="Changes">What becomes of the prices, in sentences.</param>
public sealed record ChangePreviewResponse(
    DateTimeOffset EffectiveAt, SubscriptionTime Change, string Currency, PeriodResponse Period, string Credit, string Charge, string DueNow,
    InvoiceResponse? Invoice, InvoiceResponse NextInvoice, DateTimeOffset NextInvoiceAt, string NextTotal, string? NextTotalWithout, IReadOnlyList<string> Changes)
{
    internal static ChangePreviewResponse Of(ChangePreview preview)
    {
        var currency = Domain.Values.Currency.Of(preview.Next.Currency);
        string Amount(long minor) => new Money(minor, currency).ToDigits();
        return new ChangePreviewResponse(
            preview.From, preview.IsNow ? SubscriptionTime.Now : SubscriptionTime.PeriodEnd, currency.Code,
            new PeriodResponse(preview.Period.Start, preview.Period.End), Amount(preview.Credit), Amount(preview.Charge), Amount(preview.DueNow),
            preview.Invoice is { } invoice ? InvoiceResponse.Of(invoice) with { Id = null } : null,
            InvoiceResponse.Of(preview.Next) with { Id = null }, preview.Period.End, Amount(preview.Next.Total),
            preview.Without is { } without ? Amount(without.Total) : null, preview.Changes);
    }
}
