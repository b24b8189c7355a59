using System.Text.Json;
using Portal.Domain.Values;

namespace Portal.Domain.Rating;

/// <summary>The terms of a price in JSON: the fields <c>rate</c>, <c>included</c>, <c>minimum</c> and <c>maximum</c> of API.md.</summary>
public static class PriceTermsJson
{
    private static readonly string[] s_fields = ["rate", "included", "minimum", "maximum"];

    /// <summary>Reads a price's terms and notes every error; null when there is one.</summary>
    /// <param name="price">The price, an object.</param>
    /// <param name="path">Its path in the input, such as <c>prices[2]</c>; empty for the whole.</param>
    /// <param name="errors">Where errors are noted.</param>
    /// <param name="otherFields">Fields of the object that are somebody else's to read, such as <c>key</c> and <c>meter</c>.</param>
    public static PriceTerms? Read(JsonElement price, string path, FieldErrors errors, params string[] otherFields)
    {
        ArgumentNullException.ThrowIfNull(errors);
        var before = errors.Items.Count;
        if (InputObject.Of(price, path, errors, "A price is an object with a 'rate', such as {\"rate\":{\"model\":\"per_unit\",\"amount\":\"0.10\"}}.") is not { } fields)
        {
            return null;
        }

        var rate = RateJson.Read(fields.Find("rate"), fields.PathOf("rate"), errors);
        var included = fields.OptionalDecimal("included") ?? 0m;
        var minimum = fields.OptionalDecimal("minimum");
        var maximum = fields.OptionalDecimal("maximum");
        if (minimum > maximum)
        {
            fields.Refuse("minimum", $"The minimum must not be above the maximum of {DecimalText.Format(maximum.Value)}.");
        }

        fields.RefuseOthers("a price", [.. s_fields, .. otherFields]);
        return rate is not null && errors.Items.Count == before ? new PriceTerms(rate, included, minimum, maximum) : null;
    }

    /// <summary>Writes the terms as fields of the object that is open. Decimals keep the digits they were entered with; what has its default is left out.</summary>
    public static void WriteFields(Utf8JsonWriter writer, PriceTerms terms)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(terms);
        writer.WriteStartObject("rate");
        RateJson.WriteFields(writer, terms.Rate);
        writer.WriteEndObject();
        WriteDecimal(writer, "included", terms.Included);
        WriteOptional(writer, "minimum", terms.Minimum);
        WriteOptional(writer, "maximum", terms.Maximum);
    }

    internal static void WriteDecimal(Utf8JsonWriter writer, string field, decimal value) => writer.WriteString(field, DecimalText.FormatAsEntered(value));

    internal static void WriteOptional(Utf8JsonWriter writer, string field, decimal? value)
    {
        if (value is { } present)
        {
            WriteDecimal(writer, field, present);
        }
    }
}
