using Portal.Domain.Invoicing;
using Portal.Domain.Metering;
using Portal.Domain.Values;

namespace Portal.Invoicing;

/// <summary>What the page of an invoice's line shows.</summary>
/// <param name="Invoice">The invoice.</param>
/// <param name="Line">The line.</param>
/// <param name="Proof">The events behind it, counted again.</param>
/// <param name="Zone">The customer's zone.</param>
/// <param name="Disputes">What was asked about the invoice.</param>
/// <param name="MayWrite">Whether the person may ask or answer.</param>
public sealed record LineView(Invoice Invoice, InvoiceLine Line, QuantityProof Proof, string Zone, IReadOnlyList<Dispute> Disputes, bool MayWrite)
{
    /// <summary>The currency of the invoice.</summary>
    public Currency Currency => Currency.Of(Invoice.Currency);
}
