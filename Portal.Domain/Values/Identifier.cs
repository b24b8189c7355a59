using System.Text.RegularExpressions;

namespace Portal.Domain.Values;

/// <summary>The operator's own identifiers for customers, meters, cards, prices and features, such as <c>acme</c> or <c>gpt-4o</c>.</summary>
public static partial class Identifier
{
    /// <summary>The grammar in a sentence, for error messages.</summary>
    public const string Rule = "A key is 1 to 64 characters of a-z, 0-9, '.', '_' and '-', such as \"gpt-4o\".";

    /// <summary>Notes an error where a text is no identifier.</summary>
    public static void Check(string? text, string path, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (!IsValid(text))
        {
            errors.Add(path, Rule);
        }
    }

    /// <summary>Whether a text is an identifier. "." and ".." are not: no address could name them.</summary>
    public static bool IsValid(string? text) => text is not (null or "." or "..") && Grammar().IsMatch(text);

    [GeneratedRegex(@"\A[a-z0-9._-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Grammar();
}
