using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Portal.Domain.Values;

/// <summary>Decimals in JSON: written as canonical strings, read from a string or a number by the grammar of <see cref="DecimalText"/>.</summary>
public sealed class DecimalJson : JsonConverter<decimal>
{
    public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
        {
            throw new JsonException($"Expected a decimal as a string or a number. {DecimalText.Rule}");
        }

        // An escaped digit is still a digit; everything else is read where it lies.
        var read = reader.ValueIsEscaped ? DecimalText.TryParse(reader.GetString(), out var value)
            : reader.HasValueSequence ? DecimalText.TryParse(reader.ValueSequence.ToArray(), out value)
            : DecimalText.TryParse(reader.ValueSpan, out value);
        return read ? value : throw new JsonException(DecimalText.Rule);
    }

    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Span<byte> text = stackalloc byte[DecimalText.LengthMax];
        writer.WriteStringValue(text[..DecimalText.Format(value, text)]);
    }
}
