using System.Globalization;
using System.Text.Json;
using Portal.Domain.Values;

namespace Portal.Api;

/// <summary>Reads a request's body field by field, so that a person learns of all errors at once, each with its path.</summary>
public static class Input
{
    /// <summary>Reads a body that is an object; throws with every field at fault.</summary>
    /// <param name="body">The body.</param>
    /// <param name="read">Reads the fields. Others must be refused there: what would be ignored was meant to do something.</param>
    /// <exception cref="InvalidInputException">Where a field cannot be taken.</exception>
    public static T Read<T>(JsonElement body, Func<InputObject, FieldErrors, T> read)
    {
        var errors = new FieldErrors();
        var fields = InputObject.Of(body, "", errors, "Send a JSON object.");
        var result = fields is null ? default : read(fields, errors);
        errors.ThrowIfAny();
        return result!;
    }

    /// <summary>Reads a body that may be left out.</summary>
    /// <exception cref="InvalidInputException">Where a field cannot be taken.</exception>
    public static T ReadOptional<T>(JsonElement? body, T fallback, Func<InputObject, FieldErrors, T> read) =>
        body is { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } given ? Read(given, read) : fallback;

    /// <summary>A text that may be missing; null, with an error, where it is no text.</summary>
    public static string? OptionalText(this InputObject input, string field) =>
        input.Find(field) is null ? null : input.Text(field, "Give a text in quotes.") is var text and not "" ? text : null;

    /// <summary>A whole number that may be missing; null, with an error, where it is none.</summary>
    public static int? OptionalWhole(this InputObject input, string field)
    {
        if (input.OptionalDecimal(field, DecimalBound.Any) is not { } number)
        {
            return null;
        }

        if (decimal.Truncate(number) == number && Math.Abs(number) <= int.MaxValue)
        {
            return (int)number;
        }

        input.Refuse(field, "Give a whole number.");
        return null;
    }

    /// <summary>True or false, which may be missing; null, with an error, where it is neither.</summary>
    public static bool? OptionalTruth(this InputObject input, string field)
    {
        switch (input.Find(field)?.ValueKind)
        {
            case null:
                return null;
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            default:
                input.Refuse(field, "Give true or false.");
                return null;
        }
    }

    /// <summary>An instant that may be missing; null, with an error, where it is none.</summary>
    public static DateTimeOffset? OptionalInstant(this InputObject input, string field)
    {
        if (input.OptionalText(field) is not { } text)
        {
            return null;
        }

        if (Instants.TryParse(text, out var instant))
        {
            // As fine as the database keeps it, so that what was sent is what reads back.
            return instant.AddTicks(-(instant.Ticks % TimeSpan.TicksPerMicrosecond));
        }

        input.Refuse(field, "This is no instant: write it like 2026-02-05T10:00:00Z, with an offset.");
        return null;
    }

    /// <summary>One of a few words, which may be missing; null, with an error that names them, where it is none of them.</summary>
    public static T? OptionalWord<T>(this InputObject input, string field)
        where T : struct, Enum
    {
        if (input.OptionalText(field) is not { } text)
        {
            return null;
        }

        if (WordOf<T>(text) is { } known)
        {
            return known;
        }

        input.Refuse(field, $"'{text}' is not known here: use one of {Words<T>()}.");
        return null;
    }

    /// <summary>One of a few words in an address, which may be missing.</summary>
    /// <exception cref="InvalidInputException">Where it is none of them.</exception>
    public static T? QueryWord<T>(string field, string? text)
        where T : struct, Enum =>
        string.IsNullOrEmpty(text) ? null
        : WordOf<T>(text) ?? throw InvalidInputException.At(field, $"'{text}' is not known here: use one of {Words<T>()}.");

    /// <summary>One of a few words that must be there; the first one, with an error, where it is not.</summary>
    public static T Word<T>(this InputObject input, string field)
        where T : struct, Enum
    {
        if (input.Find(field) is null)
        {
            input.Refuse(field, $"It is required: one of {Words<T>()}.");
        }

        return input.OptionalWord<T>(field) ?? default;
    }

    /// <summary>The items of a list that may be missing, each with its path.</summary>
    public static IReadOnlyList<(JsonElement Item, string Path)> Items(this InputObject input, string field)
    {
        if (input.Find(field) is not { } found)
        {
            return [];
        }

        if (found.ValueKind != JsonValueKind.Array)
        {
            input.Refuse(field, "Give a list in square brackets.");
            return [];
        }

        return [.. found.EnumerateArray().Select((item, i) => (item, string.Create(CultureInfo.InvariantCulture, $"{input.PathOf(field)}[{i}]")))];
    }

    /// <summary>A list of texts that may be missing.</summary>
    public static IReadOnlyList<string> Texts(this InputObject input, string field, FieldErrors errors)
    {
        var texts = new List<string>();
        foreach (var (item, path) in input.Items(field))
        {
            if (TextOf(item) is { } text)
            {
                texts.Add(text);
            }
            else
            {
                errors.Add(path, "Give a text in quotes.");
            }
        }

        return texts;
    }

    /// <summary>Names with a text each, which may be missing.</summary>
    public static Dictionary<string, string> TextMap(this InputObject input, string field, FieldErrors errors)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        if (input.Find(field) is not { } found || InputObject.Of(found, input.PathOf(field), errors, "Give an object of names and texts, such as {\"model\":\"gpt-4o\"}.") is null)
        {
            return map;
        }

        foreach (var property in found.EnumerateObject())
        {
            if (TextOf(property.Value) is not { } text)
            {
                errors.Add(FieldErrors.Path(input.PathOf(field), property.Name), "Give a text in quotes.");
            }
            else if (!map.TryAdd(property.Name, text))
            {
                errors.Add(FieldErrors.Path(input.PathOf(field), property.Name), "This name stands twice: keep one.");
            }
        }

        return map;
    }

    /// <summary>An element as text; null where it is none.</summary>
    public static string? TextOf(JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // An escape such as \ud800 alone is JSON, and no text.
            return null;
        }
    }

    private static T? WordOf<T>(string text)
        where T : struct, Enum =>
        Enum.GetValues<T>().Where(value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()) == text).Select(value => (T?)value).FirstOrDefault();

    private static string Words<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetValues<T>().Select(value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString())));
}
