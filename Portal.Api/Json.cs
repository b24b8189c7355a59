using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Portal.Api.Catalog;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Api;

/// <summary>How bodies read and write: camelCase, decimals as strings, instants in UTC, enums in snake_case.</summary>
public static class Json
{
    /// <summary>Sets the options up.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        options.Converters.Add(new DecimalJson());
        options.Converters.Add(new PriceTermsConverter());
        options.Converters.Add(new PriceConverter());
        options.Converters.Add(new InstantConverter());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
    }
}

/// <summary>RFC 3339 with an offset in, UTC with "Z" out.</summary>
internal sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && Instants.TryParse(reader.GetString()!, out var instant))
        {
            return instant;
        }

        throw new JsonException("This is no instant: write it like 2026-02-05T10:00:00Z, with an offset.");
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<byte> text = stackalloc byte[Instants.LengthMax];
        writer.WriteStringValue(text[..Instants.Format(value, text)]);
    }
}

/// <summary>Instants as text (RFC 3339).</summary>
public static class Instants
{
    /// <summary>The most characters of an instant's text.</summary>
    public const int LengthMax = 28;

    private const string Shape = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'";

    private static readonly string[] s_shapes =
        ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd' 'HH:mm:ss.FFFFFFFK"];

    /// <summary>Reads an instant; false where it is none, or has no offset.</summary>
    public static bool TryParse(string text, out DateTimeOffset instant)
    {
        instant = default;
        var hasOffset = text.EndsWith('Z') || text.EndsWith('z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':');
        if (!hasOffset || !DateTimeOffset.TryParseExact(text.ToUpperInvariant(), s_shapes, CultureInfo.InvariantCulture, DateTimeStyles.None, out var parsed))
        {
            return false;
        }

        instant = parsed.ToUniversalTime();
        return true;
    }

    /// <summary>Writes an instant in UTC.</summary>
    public static string Format(DateTimeOffset instant) => instant.UtcDateTime.ToString(Shape, CultureInfo.InvariantCulture);

    /// <summary>The same as UTF-8, without allocating.</summary>
    /// <param name="instant">The instant.</param>
    /// <param name="utf8">Takes the text; <see cref="LengthMax"/> bytes are always enough.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Format(DateTimeOffset instant, Span<byte> utf8)
    {
        instant.UtcDateTime.TryFormat(utf8, out var written, Shape, CultureInfo.InvariantCulture);
        return written;
    }
}
