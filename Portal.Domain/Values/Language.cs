using System.Globalization;
using System.Resources;
using System.Text.RegularExpressions;

namespace Portal.Domain.Values;

/// <summary>A language that customers are written to in. Its sentences stand in <c>Texts.resx</c> (English) and beside it in <c>Texts.de.resx</c> and so on, each under the same key.</summary>
/// <remarks>A thread's culture decides nothing: who composes a mail names the language of its reader.</remarks>
public sealed partial class Language
{
    private static readonly ResourceManager s_texts = new("Portal.Domain.Values.Texts", typeof(Language).Assembly);

    private readonly CultureInfo _culture;

    private Language(string code) => _culture = CultureInfo.GetCultureInfo(code);

    /// <summary>All languages, English first. A new one is a file <c>Texts.xx.resx</c> with all the keys, and its code here.</summary>
    public static IReadOnlyList<Language> All { get; } = [new("en"), new("de"), new("fr"), new("es")];

    /// <summary>What all call themselves, for a sentence: English, Deutsch and so on.</summary>
    public static string Names => string.Join(", ", All.Select(language => language.Name));

    /// <summary>What is written where a customer's own language is none of <see cref="All"/>, and always to the operator's people.</summary>
    public static Language English => All[0];

    /// <summary>The code, for the <c>lang</c> of HTML: de.</summary>
    public string Code => _culture.Name;

    /// <summary>What it calls itself: Deutsch.</summary>
    public string Name => char.ToUpper(_culture.NativeName[0], _culture) + _culture.NativeName[1..];

    /// <summary>How numbers and dates are written where only the language is known.</summary>
    public CultureInfo Culture => _culture;

    /// <summary>The language of a locale: German for de-AT, English for one that we do not write.</summary>
    /// <param name="locale">BCP 47 tag.</param>
    public static Language Of(string locale)
    {
        ArgumentNullException.ThrowIfNull(locale);
        var code = locale.Split('-')[0];
        return All.FirstOrDefault(language => language.Code.Equals(code, StringComparison.OrdinalIgnoreCase)) ?? English;
    }

    /// <summary>A sentence with its values filled in. What a value says is not looked into, so a name with braces stays one.</summary>
    /// <param name="key">The sentence's key in the files.</param>
    /// <param name="values">By the names that stand in braces. More than the sentence has are no error: another language may need them.</param>
    /// <exception cref="InvalidOperationException">There is no such sentence, or it asks for a value that is not given.</exception>
    public string Say(string key, params (string Name, string Value)[] values)
    {
        var sentence = s_texts.GetString(key, _culture) ?? throw new InvalidOperationException($"No file of texts has '{key}'.");
        return Placeholder().Replace(sentence, found => values.FirstOrDefault(value => value.Name == found.Groups[1].Value).Value
            ?? throw new InvalidOperationException($"The text '{key}' asks for {found.Value}, which is not given."));
    }

    /// <summary>Every key with its sentence as it stands in the language's own file, for whoever compares files.</summary>
    internal IReadOnlyDictionary<string, string> Sentences()
    {
        var culture = this == English ? CultureInfo.InvariantCulture : _culture;
        return s_texts.GetResourceSet(culture, createIfNotExists: true, tryParents: false)!.Cast<System.Collections.DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string)entry.Value!);
    }

    [GeneratedRegex(@"\{(\w+)\}")]
    internal static partial Regex Placeholder();
}
