using Portal.Domain.Accounts;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Amounts of an invoice as its customer reads them.</summary>
public static class AmountText
{
    /// <summary>An amount in the invoice's currency, in the manner of the customer's locale.</summary>
    /// <param name="invoice">The invoice, with its customer.</param>
    /// <param name="minor">Minor units.</param>
    public static string Of(Invoice invoice, long minor) => new Money(minor, Currency.Of(invoice.Currency)).Format(CustomerText.CultureOf(invoice.Customer.Locale));
}
