using System.Text.Json;
using System.Text.Json.Serialization;
using Portal.Domain.Values;

namespace Portal.Domain.Rating;

/// <summary>A price's terms as a JSON object of their own, as cards are stored: see <see cref="PriceTermsJson"/>.</summary>
public sealed class PriceTermsConverter : JsonConverter<PriceTerms>
{
    public override PriceTerms Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var errors = new FieldErrors();
        return PriceTermsJson.Read(document.RootElement, "", errors) ?? throw new JsonException(new InvalidInputException(errors).Message);
    }

    public override void Write(Utf8JsonWriter writer, PriceTerms value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        PriceTermsJson.WriteFields(writer, value);
        writer.WriteEndObject();
    }
}
