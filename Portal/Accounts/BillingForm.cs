using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;

namespace Portal.Accounts;

/// <summary>How a customer's invoices are made out, as it is being typed.</summary>
public sealed class BillingForm
{
    /// <summary>The name under which the customer is registered; empty where that is its name.</summary>
    public string LegalName { get; set; } = "";

    /// <summary>Its own purchase order or reference.</summary>
    public string PoNumber { get; set; } = "";

    /// <summary>More addresses for invoices, with commas between them.</summary>
    public string Emails { get; set; } = "";

    /// <summary>Street and number.</summary>
    public string Line1 { get; set; } = "";

    /// <summary>What follows on a line of its own.</summary>
    public string Line2 { get; set; } = "";

    /// <summary>The postal code.</summary>
    public string PostalCode { get; set; } = "";

    /// <summary>The city.</summary>
    public string City { get; set; } = "";

    /// <summary>State or province.</summary>
    public string Region { get; set; } = "";

    /// <summary>ISO 3166-1 code.</summary>
    public string Country { get; set; } = "";

    /// <summary>The tax number.</summary>
    public string TaxId { get; set; } = "";

    /// <summary>The language of mails, and how amounts and dates read.</summary>
    public string Locale { get; set; } = CustomerDetails.LocaleDefault;

    /// <summary>What is said now.</summary>
    public static BillingForm Of(BillingDetails details)
    {
        ArgumentNullException.ThrowIfNull(details);
        return new BillingForm
        {
            LegalName = details.LegalName ?? "",
            PoNumber = details.PoNumber ?? "",
            Emails = string.Join(", ", details.InvoiceEmails),
            Line1 = details.Address?.Line1 ?? "",
            Line2 = details.Address?.Line2 ?? "",
            PostalCode = details.Address?.PostalCode ?? "",
            City = details.Address?.City ?? "",
            Region = details.Address?.Region ?? "",
            Country = details.Country ?? details.Address?.Country ?? "",
            TaxId = details.TaxId ?? "",
            Locale = details.Locale,
        };
    }

    /// <summary>What was typed.</summary>
    public BillingDetails Read() => new()
    {
        LegalName = Given(LegalName),
        PoNumber = Given(PoNumber),
        InvoiceEmails = Emails.Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        Address = new[] { Line1, Line2, PostalCode, City, Region }.All(string.IsNullOrWhiteSpace) ? null
            : new PostalAddress(Given(Line1), Given(Line2), Given(PostalCode), Given(City), Given(Region)),
        Country = Given(Country)?.ToUpperInvariant(),
        TaxId = Given(TaxId),
        Locale = Locale.Trim(),
    };

    /// <summary>What can be told of the tax number from its form, and what was not asked.</summary>
    public string TaxStatus => (Given(TaxId), Given(Country)?.ToUpperInvariant()) switch
    {
        (null, _) => "None. In the EU, a business names its VAT number here.",
        (_, null) => "Give the country as well: it decides what a number looks like.",
        (_, var country) when !VatNumber.IsUnion(country) => "Printed as it is: numbers of countries outside the EU are not checked.",
        (var number, var country) when VatNumber.LooksRight(country, number) =>
            $"Written like a VAT number of {country}. Whether it is registered was not checked with VIES, the EU's register: it is taken as you give it.",
        (_, var country) => $"Not written like a VAT number of {country}: it is printed, and tax is charged as to a private person.",
    };

    private static string? Given(string text) => text.Trim() is { Length: > 0 } given ? given : null;
}
