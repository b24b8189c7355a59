using System.Text.Json;
using System.Text.Json.Serialization;
using Portal.Domain.Catalog;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Api.Catalog;

/// <summary>Reads a price of a card, or of a subscription's overrides, out of a body (API.md, "A price").</summary>
internal static class PriceInput
{
    private static readonly string[] s_fields = ["key", "name", "meter", "match", "recurring", "interval"];

    /// <summary>Reads a list of prices.</summary>
    public static IReadOnlyList<Price> List(InputObject input, string field, FieldErrors errors) =>
        [.. input.Items(field).Select(found => Read(found.Item, found.Path, errors)).OfType<Price>()];

    private static Price? Read(JsonElement price, string path, FieldErrors errors)
    {
        var terms = PriceTermsJson.Read(price, path, errors, s_fields);
        if (price.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var fields = new InputObject(price, path, errors);
        var key = fields.Text("key", "Give the price a key: it names the price on invoice lines.");
        var name = fields.OptionalText("name") ?? key;
        var meter = fields.OptionalText("meter");
        var match = fields.TextMap("match", errors);
        var recurring = fields.OptionalText("recurring");
        var interval = fields.OptionalWord<BillingInterval>("interval");
        return terms is null ? null : new Price(key, name, meter, match, recurring, interval, terms);
    }
}

/// <summary>Writes a price as API.md has it: its terms are fields of the price itself.</summary>
internal sealed class PriceConverter : JsonConverter<Price>
{
    public override Price Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Prices are read field by field, so that every error is told with its path.");

    public override void Write(Utf8JsonWriter writer, Price value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("key", value.Key);
        writer.WriteString("name", value.Name);
        if (value.Recurring is null)
        {
            writer.WriteString("meter", value.Meter);
            writer.WritePropertyName("match");
            JsonSerializer.Serialize(writer, value.Match, options);
        }
        else
        {
            writer.WriteString("recurring", value.Recurring);
        }

        if (value.Interval is { } interval)
        {
            writer.WritePropertyName("interval");
            JsonSerializer.Serialize(writer, interval, options);
        }

        PriceTermsJson.WriteFields(writer, value.Terms);
        writer.WriteEndObject();
    }
}
