using System.Globalization;
using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Domain.Accounts;

/// <summary>What the operator says about a customer; it replaces what was said before.</summary>
/// <param name="Name">The name on pages, mails and invoices.</param>
/// <param name="Email">Where alerts and invoices go.</param>
/// <param name="Currency">ISO 4217 code of the currency that the customer pays in.</param>
public sealed record CustomerDetails(string Name, string Email, string Currency)
{
    internal const string CountryRule = "Give the country by its two capital letters of ISO 3166-1, such as \"DE\".";

    /// <summary>The zone where none is given.</summary>
    public const string TimeZoneDefault = "UTC";

    /// <summary>The locale where none is given.</summary>
    public const string LocaleDefault = "en-US";

    /// <summary>IANA name of the zone whose midnights bound the billing periods.</summary>
    public string TimeZone { get; init; } = TimeZoneDefault;

    /// <summary>ISO 3166-1 alpha-2 code; null where it is not known.</summary>
    public string? Country { get; init; }

    /// <summary>The tax number as it is printed on the invoice; null for none.</summary>
    public string? TaxId { get; init; }

    /// <summary>Why the customer is charged no tax; null where it is not exempt.</summary>
    public string? TaxExempt { get; init; }

    /// <summary>The postal address; null where it is not known.</summary>
    public PostalAddress? Address { get; init; }

    /// <summary>BCP 47 tag that decides how amounts and dates read in mails and documents.</summary>
    public string Locale { get; init; } = LocaleDefault;

    /// <summary>How this customer is billed; null takes the card's terms.</summary>
    public BillingTerms? Billing { get; init; }

    /// <summary>Throws with every field that makes no sense.</summary>
    /// <exception cref="InvalidInputException">Names each field with its remedy.</exception>
    public void MustMakeSense()
    {
        var errors = new FieldErrors();
        PlainText.Check(Name, "name", PlainText.NameMax, errors);
        PlainText.CheckEmail(Email, "email", errors);
        if (Values.Currency.Find(Currency) is null)
        {
            errors.Add("currency", "Give the currency by its ISO 4217 code in capital letters, such as \"USD\" or \"EUR\".");
        }

        if (TimeZones.Find(TimeZone) is null)
        {
            errors.Add("timeZone", $"There is no time zone '{TimeZone}': use an IANA name such as \"Europe/Berlin\" or \"UTC\".");
        }

        if (Country is not null && !Countries.IsCode(Country))
        {
            errors.Add("country", CountryRule);
        }

        if (!IsLocale(Locale))
        {
            errors.Add("locale", $"There is no locale '{Locale}': use a BCP 47 tag such as \"de-DE\" or \"en-US\".");
        }

        PlainText.CheckOptional(TaxId, "taxId", 50, errors);
        PlainText.CheckOptional(TaxExempt, "taxExempt", 200, errors);
        Address?.Check("address", errors);
        Billing?.Check("billing", errors);
        errors.ThrowIfAny();
    }

    internal static bool IsLocale(string tag)
    {
        try
        {
            return tag.Length > 0 && CultureInfo.GetCultureInfo(tag, predefinedOnly: true).Name.Equals(tag, StringComparison.OrdinalIgnoreCase);
        }
        catch (CultureNotFoundException)
        {
            return false;
        }
    }
}
