using Portal.Domain.Accounts;

namespace Portal.Domain.Invoicing;

/// <summary>Who is named on an invoice, as they were when it was issued: an issued invoice reads the same for ever.</summary>
/// <param name="Seller">Who issued it; null where nothing was said about the company yet.</param>
/// <param name="Buyer">Who owes it.</param>
public sealed record InvoiceParties(CompanyDetails? Seller, Buyer Buyer);

/// <summary>The customer as it is printed.</summary>
/// <param name="Name">The name.</param>
/// <param name="Email">Where the invoice went.</param>
/// <param name="Address">The postal address; null where it is not known.</param>
/// <param name="Country">ISO 3166-1 alpha-2 code; null where it is not known.</param>
/// <param name="TaxId">The tax number; null for none.</param>
/// <param name="Locale">Decides how amounts and dates are written.</param>
/// <param name="TimeZone">The zone in which the invoice is dated.</param>
/// <param name="PoNumber">The customer's own purchase order or reference; null for none.</param>
/// <param name="Language">What its words are written in; null, where invoices were English only, for English.</param>
public sealed record Buyer(
    string Name, string Email, PostalAddress? Address, string? Country, string? TaxId, string Locale, string TimeZone, string? PoNumber = null, string? Language = null)
{
    /// <summary>A customer as it would be printed now.</summary>
    public static Buyer Of(Customer customer)
    {
        ArgumentNullException.ThrowIfNull(customer);
        return new Buyer(
            customer.LegalName ?? customer.Name, customer.Email, customer.Address, customer.Country, customer.TaxId, customer.Locale, customer.TimeZone, customer.PoNumber,
            Values.Language.Of(customer.Locale).Code);
    }
}
