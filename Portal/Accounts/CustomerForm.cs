using System.Globalization;
using Portal.Catalog;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Accounts;

/// <summary>What is said about a customer, as it is being typed.</summary>
public sealed class CustomerForm
{
    /// <summary>The operator's identifier.</summary>
    public string Key { get; set; } = "";

    /// <summary>The name on pages, mails and invoices.</summary>
    public string Name { get; set; } = "";

    /// <summary>Where alerts and invoices go.</summary>
    public string Email { get; set; } = "";

    /// <summary>ISO 4217 code.</summary>
    public string Currency { get; set; } = "USD";

    /// <summary>IANA name of the zone whose midnights bound the periods.</summary>
    public string TimeZone { get; set; } = CustomerDetails.TimeZoneDefault;

    /// <summary>ISO 3166-1 code; empty where it is not known.</summary>
    public string Country { get; set; } = "";

    /// <summary>The tax number; empty for none.</summary>
    public string TaxId { get; set; } = "";

    /// <summary>Why no tax is charged; empty where it is.</summary>
    public string TaxExempt { get; set; } = "";

    /// <summary>The language of mails, and how amounts and dates read in them and in documents.</summary>
    public string Locale { get; set; } = CustomerDetails.LocaleDefault;

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

    /// <summary>Whether the customer has terms of billing of its own, in place of the card's.</summary>
    public bool HasTerms { get; set; }

    /// <summary>Whether prices say what is paid, tax included.</summary>
    public bool TaxIncluded { get; set; }

    /// <summary>Whether access ends when credits are used up.</summary>
    public bool PrepaidOnly { get; set; }

    /// <summary>How its invoices are collected.</summary>
    public string Collection { get; set; } = BillingTerms.Default.Collection;

    /// <summary>Days from issue to due date.</summary>
    public string NetDays { get; set; } = BillingTerms.Default.NetDays.ToString(CultureInfo.InvariantCulture);

    /// <summary>Unbilled usage at which an interim invoice is made; empty for never.</summary>
    public string Threshold { get; set; } = "";

    /// <summary>A stored customer, ready to be changed.</summary>
    public static CustomerForm Of(Customer customer)
    {
        ArgumentNullException.ThrowIfNull(customer);
        var terms = customer.Billing ?? BillingTerms.Default;
        return new CustomerForm
        {
            Key = customer.Key,
            Name = customer.Name,
            Email = customer.Email,
            Currency = customer.Currency,
            TimeZone = customer.TimeZone,
            Country = customer.Country ?? "",
            TaxId = customer.TaxId ?? "",
            TaxExempt = customer.TaxExempt ?? "",
            Locale = customer.Locale,
            Line1 = customer.Address?.Line1 ?? "",
            Line2 = customer.Address?.Line2 ?? "",
            PostalCode = customer.Address?.PostalCode ?? "",
            City = customer.Address?.City ?? "",
            Region = customer.Address?.Region ?? "",
            HasTerms = customer.Billing is not null,
            Collection = terms.Collection,
            TaxIncluded = terms.TaxIncluded,
            PrepaidOnly = terms.PrepaidOnly,
            NetDays = terms.NetDays.ToString(CultureInfo.InvariantCulture),
            Threshold = terms.Threshold is { } threshold ? DecimalText.FormatAsEntered(threshold) : "",
        };
    }

    /// <summary>Takes a name; the key of a new customer follows it as long as it was made of it.</summary>
    public void Rename(string name)
    {
        if (Key.Length == 0 || Key == RateCardSheet.KeyOf(Name))
        {
            Key = RateCardSheet.KeyOf(name);
        }

        Name = name;
    }

    /// <summary>What was typed, as the domain takes it.</summary>
    /// <exception cref="InvalidInputException">Where a number is none.</exception>
    public CustomerDetails Read()
    {
        var errors = new FieldErrors();
        var terms = HasTerms ? new BillingTerms(ReadThreshold(errors), Collection, ReadNetDays(errors)) { PrepaidOnly = PrepaidOnly, TaxIncluded = TaxIncluded } : null;
        errors.ThrowIfAny();
        var address = new PostalAddress(Or(Line1), Or(Line2), Or(PostalCode), Or(City), Or(Region));
        return new CustomerDetails(Name.Trim(), Email.Trim(), Currency)
        {
            TimeZone = TimeZone.Trim(),
            Country = Or(Country)?.ToUpperInvariant(),
            TaxId = Or(TaxId),
            TaxExempt = Or(TaxExempt),
            Locale = Locale.Trim(),
            Address = address == new PostalAddress() ? null : address,
            Billing = terms,
        };
    }

    private decimal? ReadThreshold(FieldErrors errors)
    {
        if (Or(Threshold) is not { } typed)
        {
            return null;
        }

        if (DecimalText.TryParse(typed, out var threshold))
        {
            return threshold;
        }

        errors.Add("billing.threshold", "Not a number: write it like 50.00, or leave it empty for never.");
        return null;
    }

    private int ReadNetDays(FieldErrors errors)
    {
        if (int.TryParse(NetDays.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var days))
        {
            return days;
        }

        errors.Add("billing.netDays", "Give a whole number of days.");
        return 0;
    }

    private static string? Or(string text) => text.Trim() is { Length: > 0 } typed ? typed : null;
}
