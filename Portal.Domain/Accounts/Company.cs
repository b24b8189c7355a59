using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Accounts;

/// <summary>Who sells: what stands on invoices as their issuer, and how mails and pages are branded.</summary>
public sealed class Company
{
    /// <summary>Always 1: one deployment serves one company.</summary>
    public int Id { get; init; } = 1;

    /// <summary>What is said about it.</summary>
    public required CompanyDetails Details { get; set; }
}

/// <summary>What the operator says about itself; it replaces what was said before.</summary>
/// <param name="Name">The legal name.</param>
public sealed partial record CompanyDetails(string Name)
{
    /// <summary>The name of the colour among <see cref="Branding"/>.</summary>
    public const string Color = "color";

    private const int EntriesMax = 12;
    private const int EntryMax = 500;

    /// <summary>The postal address with its country; null where it is not known.</summary>
    public PostalAddress? Address { get; init; }

    /// <summary>The tax number as it is printed; null for none.</summary>
    public string? TaxId { get; init; }

    /// <summary>Where to pay to, as names and texts that are printed in this order: "IBAN", "BIC", "Bank".</summary>
    public IReadOnlyDictionary<string, string> BankDetails { get; init; } = new Dictionary<string, string>();

    /// <summary>How mails and documents look, as names and texts: <c>color</c> (#rrggbb), <c>footer</c>.</summary>
    public IReadOnlyDictionary<string, string> Branding { get; init; } = new Dictionary<string, string>();

    /// <summary>Throws with every field that makes no sense.</summary>
    /// <exception cref="InvalidInputException">Names each field with its remedy.</exception>
    public void MustMakeSense()
    {
        var errors = new FieldErrors();
        PlainText.Check(Name, "name", PlainText.NameMax, errors);
        Address?.Check("address", errors);
        PlainText.CheckOptional(TaxId, "taxId", 50, errors);
        CheckEntries(BankDetails, "bankDetails", errors);
        CheckEntries(Branding, "branding", errors);
        if (Branding.TryGetValue(Color, out var color) && !ColorGrammar().IsMatch(color))
        {
            errors.Add("branding.color", "Write the colour as \"#rrggbb\", such as \"#0b5fff\".");
        }

        errors.ThrowIfAny();
    }

    private static void CheckEntries(IReadOnlyDictionary<string, string> entries, string path, FieldErrors errors)
    {
        if (entries.Count > EntriesMax)
        {
            errors.Add(path, $"At most {EntriesMax} entries fit on an invoice.");
        }

        foreach (var (name, text) in entries)
        {
            PlainText.Check(name, FieldErrors.Path(path, name), 50, errors);
            PlainText.CheckOptional(text, FieldErrors.Path(path, name), EntryMax, errors);
        }
    }

    [GeneratedRegex(@"\A#[0-9a-fA-F]{6}\z", RegexOptions.CultureInvariant)]
    private static partial Regex ColorGrammar();
}

internal sealed class CompanyTable : IEntityTypeConfiguration<Company>
{
    public void Configure(EntityTypeBuilder<Company> table)
    {
        table.ToTable("company", rules => rules.HasCheckConstraint("ck_company_one", "id = 1")).HasKey(company => company.Id);
        table.Property(company => company.Id).ValueGeneratedNever();
        table.Property(company => company.Details).HasJsonColumn();
    }
}
