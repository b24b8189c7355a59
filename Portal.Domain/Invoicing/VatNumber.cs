using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Portal.Domain.Invoicing;

/// <summary>VAT numbers of the European Union: which countries have them, and what they look like. Whether one is registered is not asked here.</summary>
public static partial class VatNumber
{
    // By the country of ISO 3166-1; Greece writes EL before its numbers.
    private static readonly FrozenDictionary<string, string> s_grammar = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["AT"] = "ATU[0-9]{8}", ["BE"] = "BE[01][0-9]{9}", ["BG"] = "BG[0-9]{9,10}", ["CY"] = "CY[0-9]{8}[A-Z]", ["CZ"] = "CZ[0-9]{8,10}",
        ["DE"] = "DE[0-9]{9}", ["DK"] = "DK[0-9]{8}", ["EE"] = "EE[0-9]{9}", ["GR"] = "EL[0-9]{9}",
        ["ES"] = "ES(?:[A-Z][0-9]{7}[A-Z0-9]|[0-9]{8}[A-Z])", ["FI"] = "FI[0-9]{8}", ["FR"] = "FR[A-HJ-NP-Z0-9]{2}[0-9]{9}", ["HR"] = "HR[0-9]{11}",
        ["HU"] = "HU[0-9]{8}", ["IE"] = "IE(?:[0-9]{7}[A-Z]{1,2}|[0-9][A-Z+*][0-9]{5}[A-Z])", ["IT"] = "IT[0-9]{11}", ["LT"] = "LT(?:[0-9]{9}|[0-9]{12})",
        ["LU"] = "LU[0-9]{8}", ["LV"] = "LV[0-9]{11}", ["MT"] = "MT[0-9]{8}", ["NL"] = "NL[0-9]{9}B[0-9]{2}", ["PL"] = "PL[0-9]{10}",
        ["PT"] = "PT[0-9]{9}", ["RO"] = "RO[0-9]{2,10}", ["SE"] = "SE[0-9]{12}", ["SI"] = "SI[0-9]{8}", ["SK"] = "SK[0-9]{10}",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Whether a country belongs to the European Union.</summary>
    /// <param name="country">ISO 3166-1 alpha-2 code; null for one that is not known.</param>
    public static bool IsUnion(string? country) => country is not null && s_grammar.ContainsKey(country);

    /// <summary>Whether a text looks like a VAT number of a country of the Union; spaces, dots, dashes and case do not matter.</summary>
    public static bool LooksRight(string? country, string? number) =>
        country is not null && number is not null && s_grammar.TryGetValue(country, out var grammar)
        && Regex.IsMatch(Normal(number), $"\\A(?:{grammar})\\z", RegexOptions.CultureInvariant);

    /// <summary>A number as it is compared: without what people write in between, in capital letters.</summary>
    public static string Normal(string number) => Between().Replace(number, "").ToUpperInvariant();

    [GeneratedRegex(@"[\s.\-/]", RegexOptions.CultureInvariant)]
    private static partial Regex Between();
}
