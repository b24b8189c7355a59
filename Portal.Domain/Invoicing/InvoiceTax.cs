using Portal.Domain.Accounts;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Why tax is charged, or is not.</summary>
public enum TaxCategory
{
    /// <summary>At the rate of the customer's country.</summary>
    Standard,

    /// <summary>The customer accounts for it: a business in another country of the European Union.</summary>
    ReverseCharge,

    /// <summary>The customer is exempt, for a reason that is printed.</summary>
    Exempt,
}

/// <summary>The tax of one rate on an invoice. Amounts are in minor units of its currency.</summary>
/// <param name="Category">Why it is charged, or not.</param>
/// <param name="Name">What it is called: "VAT".</param>
/// <param name="Percent">The rate; 0 where nothing is charged.</param>
/// <param name="Base">What is taxed.</param>
/// <param name="Amount">The tax, rounded once.</param>
/// <param name="Note">What has to be said about it; null for nothing.</param>
public sealed record InvoiceTax(TaxCategory Category, string Name, decimal Percent, long Base, long Amount, string? Note);

/// <summary>How a customer is taxed. Pure: the spend, the preview and the invoice ask it with the same facts.</summary>
/// <param name="Category">Why tax is charged, or not.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Percent">The rate.</param>
/// <param name="Note">What has to be said about it; null for nothing.</param>
public sealed record TaxTreatment(TaxCategory Category, string Name, decimal Percent, string? Note)
{
    /// <summary>What article 226 (11a) of Directive 2006/112/EC asks for, with who owes the tax.</summary>
    public const string ReverseChargeNote = "Reverse charge: the customer is liable for VAT (article 196 of Directive 2006/112/EC).";

    /// <summary>What stands before the reason for which a customer is exempt.</summary>
    public const string ExemptNote = "Exempt from tax: ";

    private const string Vat = "VAT";

    /// <summary>Whether what is taxed says what is paid, tax included.</summary>
    public bool Included { get; init; }

    /// <summary>How a customer is taxed; null where no tax is charged at all, because the operator has said nothing about its country.</summary>
    /// <param name="customer">The customer.</param>
    /// <param name="seller">Who sells; null where nothing was said about it.</param>
    /// <param name="rates">The operator's rates by country.</param>
    public static TaxTreatment? Of(Customer customer, CompanyDetails? seller, IReadOnlyDictionary<string, TaxRate> rates)
    {
        ArgumentNullException.ThrowIfNull(customer);
        ArgumentNullException.ThrowIfNull(rates);
        if (rates.Count == 0)
        {
            return null;
        }

        // A customer whose country is not known is taken to be at home: tax that was owed and not charged is the operator's to pay.
        var (home, country) = (CountryOf(seller), customer.Country ?? customer.Address?.Country ?? CountryOf(seller));
        if (customer.TaxExempt is { } reason)
        {
            return new TaxTreatment(TaxCategory.Exempt, NameIn(country, rates), 0, $"{ExemptNote}{reason}");
        }

        if (home is not null && home != country && VatNumber.IsUnion(home) && VatNumber.LooksRight(country, customer.TaxId))
        {
            return new TaxTreatment(TaxCategory.ReverseCharge, Vat, 0, ReverseChargeNote);
        }

        return country is not null && rates.TryGetValue(country, out var rate)
            ? new TaxTreatment(TaxCategory.Standard, rate.Name, rate.Percent, null)
            : null;
    }

    /// <summary>The tax on an amount, or in it, rounded once.</summary>
    public InvoiceTax On(Money taxed)
    {
        var tax = Money.Round(taxed.Amount * Percent / (Included ? 100 + Percent : 100), taxed.Currency).Minor;
        return new InvoiceTax(Category, Name, Percent, Included ? taxed.Minor - tax : taxed.Minor, tax, Note);
    }

    private static string NameIn(string? country, IReadOnlyDictionary<string, TaxRate> rates) =>
        country is not null && rates.TryGetValue(country, out var rate) ? rate.Name : VatNumber.IsUnion(country) ? Vat : "Tax";

    private static string? CountryOf(CompanyDetails? seller) => seller?.Address?.Country
        ?? (seller?.TaxId is { Length: > 2 } number && VatNumber.Normal(number)[..2] is var prefix && Countries.IsCode(prefix) ? prefix : null);
}
