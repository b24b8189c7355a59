using System.Globalization;

namespace Portal.Domain.Catalog;

/// <summary>Quantities with their unit as people read them: "1 token", "2,500 tokens", "41 GB".</summary>
public static class UnitName
{
    /// <summary>A quantity with all of its digits, and its unit; without a unit the bare number.</summary>
    /// <param name="quantity">In units.</param>
    /// <param name="unit">The unit in the singular; null for none.</param>
    /// <param name="culture">Whose separators and minus sign.</param>
    public static string Format(decimal quantity, string? unit, CultureInfo culture)
    {
        var number = quantity.ToString("#,0.############", culture);
        return string.IsNullOrEmpty(unit) ? number : $"{number} {Of(quantity, unit)}";
    }

    /// <summary>The unit for a quantity: its plural by an added s, unless it is 1 or the unit is an abbreviation such as GB or kWh.</summary>
    public static string Of(decimal quantity, string unit)
    {
        ArgumentException.ThrowIfNullOrEmpty(unit);
        return quantity is 1 or -1 || unit.Any(char.IsUpper) || unit.EndsWith('s') || !char.IsLetter(unit[^1]) ? unit : $"{unit}s";
    }
}
