using Portal.Domain.Values;

namespace Portal.Domain.Accounts;

/// <summary>What a customer itself says of how its invoices are made out; it replaces what was said before, and holds for the next invoices.</summary>
public sealed record BillingDetails
{
    /// <summary>The most addresses that invoices go to besides the customer's own.</summary>
    public const int EmailsMax = 10;

    private const int NumberMax = 50;

    /// <summary>The name under which it is registered; null where that is its name.</summary>
    public string? LegalName { get; init; }

    /// <summary>Its own purchase order or reference; null for none.</summary>
    public string? PoNumber { get; init; }

    /// <summary>Where invoices go besides its own address.</summary>
    public IReadOnlyList<string> InvoiceEmails { get; init; } = [];

    /// <summary>The postal address; null where it is not known.</summary>
    public PostalAddress? Address { get; init; }

    /// <summary>ISO 3166-1 alpha-2 code, which decides the tax; null where it is not known.</summary>
    public string? Country { get; init; }

    /// <summary>The tax number as it is printed on the invoice; null for none.</summary>
    public string? TaxId { get; init; }

    /// <summary>BCP 47 tag that decides how amounts and dates read in mails and documents.</summary>
    public string Locale { get; init; } = CustomerDetails.LocaleDefault;

    /// <summary>What a customer says now.</summary>
    public static BillingDetails Of(Customer customer)
    {
        ArgumentNullException.ThrowIfNull(customer);
        return new BillingDetails
        {
            LegalName = customer.LegalName,
            PoNumber = customer.PoNumber,
            InvoiceEmails = customer.InvoiceEmails,
            Address = customer.Address,
            Country = customer.Country,
            TaxId = customer.TaxId,
            Locale = customer.Locale,
        };
    }

    /// <summary>Throws with every field that makes no sense.</summary>
    /// <exception cref="InvalidInputException">Names each field with its remedy.</exception>
    internal void MustMakeSense()
    {
        var errors = new FieldErrors();
        PlainText.CheckOptional(LegalName, "legalName", PlainText.NameMax, errors);
        PlainText.CheckOptional(PoNumber, "poNumber", NumberMax, errors);
        PlainText.CheckOptional(TaxId, "taxId", NumberMax, errors);
        Address?.Check("address", errors);
        if (Country is not null && !Countries.IsCode(Country))
        {
            errors.Add("country", CustomerDetails.CountryRule);
        }

        if (!CustomerDetails.IsLocale(Locale))
        {
            errors.Add("locale", $"There is no locale '{Locale}': use a BCP 47 tag such as \"de-DE\" or \"en-US\".");
        }

        if (InvoiceEmails.Count > EmailsMax)
        {
            errors.Add("invoiceEmails", $"Invoices go to {EmailsMax} more addresses at most.");
        }

        foreach (var email in InvoiceEmails)
        {
            PlainText.CheckEmail(email, "invoiceEmails", errors);
        }

        errors.ThrowIfAny();
    }
}
