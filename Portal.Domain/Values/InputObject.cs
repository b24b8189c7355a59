using System.Text.Json;

namespace Portal.Domain.Values;

/// <summary>Which decimals a field of input takes.</summary>
public enum DecimalBound
{
    Any,
    NotNegative,
    AboveZero,
}

/// <summary>A JSON object of input, read field by field; what is wrong with it goes into the errors, and reading goes on.</summary>
/// <param name="element">The object.</param>
/// <param name="path">Its path in the input; empty for the whole.</param>
/// <param name="errors">Where errors are noted.</param>
public sealed class InputObject(JsonElement element, string path, FieldErrors errors)
{
    /// <summary>Takes an element as an object; null, with an error, when it is none.</summary>
    public static InputObject? Of(JsonElement? element, string path, FieldErrors errors, string remedy)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (element is { ValueKind: JsonValueKind.Object } found && HasReadableNames(found))
        {
            return new InputObject(found, path, errors);
        }

        errors.Add(path, remedy);
        return null;
    }

    /// <summary>The path of a field.</summary>
    public string PathOf(string field) => FieldErrors.Path(path, field);

    /// <summary>A field's value, or null when it is missing or null.</summary>
    public JsonElement? Find(string field) =>
        element.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Notes an error of a field.</summary>
    public void Refuse(string field, string message) => errors.Add(PathOf(field), message);

    /// <summary>A text that must be there; "" with an error when it is not.</summary>
    public string Text(string field, string remedy)
    {
        if (Find(field) is { ValueKind: JsonValueKind.String } found && TextOf(found) is { } text)
        {
            return text;
        }

        Refuse(field, remedy);
        return "";
    }

    /// <summary>A decimal that must be there; 0 with an error when it is not.</summary>
    public decimal RequiredDecimal(string field, DecimalBound bound = DecimalBound.NotNegative)
    {
        if (Find(field) is null)
        {
            Refuse(field, $"'{field}' is missing: give a decimal, such as \"0.10\".");
            return 0m;
        }

        return OptionalDecimal(field, bound) ?? 0m;
    }

    /// <summary>A decimal that may be missing; null, with an error, when it is there and cannot be taken.</summary>
    public decimal? OptionalDecimal(string field, DecimalBound bound = DecimalBound.NotNegative) =>
        Find(field) is { } found ? DecimalOf(found, PathOf(field), errors, bound) : null;

    /// <summary>A decimal given as a string or a number; null, with an error, when it cannot be taken.</summary>
    public static decimal? DecimalOf(JsonElement element, string path, FieldErrors errors, DecimalBound bound)
    {
        ArgumentNullException.ThrowIfNull(errors);
        var text = element.ValueKind switch
        {
            JsonValueKind.String => TextOf(element),
            JsonValueKind.Number => element.GetRawText(),
            _ => "",
        };
        if (!DecimalText.TryParse(text, out var value))
        {
            errors.Add(path, $"This is no decimal. {DecimalText.Rule}");
            return null;
        }

        if (bound == DecimalBound.NotNegative && value < 0)
        {
            errors.Add(path, "It must not be negative: give 0 or more.");
            return null;
        }

        if (bound == DecimalBound.AboveZero && value <= 0)
        {
            errors.Add(path, "It must be above 0.");
            return null;
        }

        return value;
    }

    /// <summary>Refuses every field that was not asked for, and every one that stands twice: what would be ignored was meant to do something.</summary>
    /// <param name="what">What the object is, such as <c>a package rate</c>.</param>
    /// <param name="known">The fields it may have.</param>
    public void RefuseOthers(string what, params string[] known)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in element.EnumerateObject().Select(property => property.Name))
        {
            if (!known.Contains(field))
            {
                Refuse(field, $"'{field}' does not belong to {what}: remove it. Its fields are {string.Join(", ", known)}.");
            }
            else if (!seen.Add(field))
            {
                Refuse(field, $"'{field}' stands twice: keep one.");
            }
        }
    }

    private static bool HasReadableNames(JsonElement element)
    {
        try
        {
            return element.EnumerateObject().All(property => property.Name is not null);
        }
        catch (InvalidOperationException)
        {
            // An escape such as \ud800 alone is JSON, and no text.
            return false;
        }
    }

    private static string? TextOf(JsonElement element)
    {
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
