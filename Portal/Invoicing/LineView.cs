using Portal.Domain.Invoicing;
using Portal.Domain.Metering;
using Portal.Domain.Values;

namespace Portal.Invoicing;

/// <summary>What the page of an invoice's line shows.</summary>
/// <param name="Invoice">The invoice.</param>
/// <param name="Line">The line.</param>
/// <param name="Proof">The events behind it, counted again.</param>
/// <param name="Zone">The customer's zone.</param>
public sealed record LineView(Invoice Invoice, InvoiceLine Line, QuantityProof Proof, string Zone)
{
    /// <summary>The currency of the invoice.</summary>
    public Currency Currency => Currency.Of(Invoice.Currency);
}
