using System.Globalization;
using System.Text.RegularExpressions;
using Portal.Domain.Values;
using Portal.Tests.Shared;

namespace Portal.Domain.Tests.Values;

/// <summary>Every language says all that English says, with the same values in it.</summary>
public sealed partial class LanguageTests
{
    // Words that a language shares with English, as they stand in the file.
    private static readonly HashSet<string> s_same = ["Webhook"];

    public static TheoryData<string> Others => new(Language.All.Skip(1).Select(language => language.Code));

    [Theory]
    [InlineData("de-DE", "de")]
    [InlineData("de-AT", "de")]
    [InlineData("DE", "de")]
    [InlineData("fr-CA", "fr")]
    [InlineData("es-MX", "es")]
    [InlineData("en-GB", "en")]
    [InlineData("sv-SE", "en")]
    [InlineData("del-US", "en")]
    [InlineData("", "en")]
    public void A_locale_is_written_to_in_its_own_language_or_in_English(string locale, string code) => Assert.Equal(code, Language.Of(locale).Code);

    [Fact]
    public void Languages_call_themselves_by_their_own_names() => Assert.Equal(["English", "Deutsch", "Français", "Español"], Language.All.Select(language => language.Name));

    [Theory]
    [MemberData(nameof(Others))]
    public void A_language_has_every_sentence_and_none_that_is_not_English(string code) =>
        Assert.Equal(Language.English.Sentences().Keys.Order(StringComparer.Ordinal), Of(code).Sentences().Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Others))]
    public void A_sentence_has_the_same_values_in_every_language(string code)
    {
        var sentences = Of(code).Sentences();
        Assert.All(Language.English.Sentences(), sentence => Assert.Equal((sentence.Key, Values(sentence.Value)), (sentence.Key, Values(sentences[sentence.Key]))));
    }

    [Theory]
    [MemberData(nameof(Others))]
    public void Words_are_translated(string code)
    {
        var sentences = Of(code).Sentences();
        var english = Language.English.Sentences().Where(sentence => Words().IsMatch(Language.Placeholder().Replace(sentence.Value, "")) && !sentence.Key.StartsWith("day", StringComparison.Ordinal));
        Assert.Equal([], english.Where(sentence => sentences[sentence.Key] == sentence.Value && !s_same.Contains(sentence.Value)).Select(sentence => sentence.Key));
    }

    [Theory]
    [MemberData(nameof(Others))]
    public void No_sentence_begins_or_ends_with_a_space_or_has_a_brace_that_is_no_value(string code) => Assert.All(Of(code).Sentences(), sentence =>
    {
        Assert.Equal(sentence.Value.Trim(), sentence.Value);
        Assert.DoesNotMatch("[{}]|  ", Language.Placeholder().Replace(sentence.Value, "·"));
    });

    /// <summary>A sentence that is asked for and is not there throws only when its mail is written: so both are compared here.</summary>
    [Fact]
    public void Every_sentence_that_the_code_names_is_in_the_files_and_every_one_there_is_named()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "Portal.Domain"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText).ToList();
        var named = sources.SelectMany(source => Named().Matches(source).Select(found => found.Groups[1].Value)).ToHashSet();
        var (keys, families) = (Language.English.Sentences().Keys, new[] { "password", "invitation", "added", "kind" });

        Assert.Equal([], keys.Where(key => !named.Contains(key) && !families.Contains(key.Split('.')[0])));
        Assert.Equal([], sources.SelectMany(source => Said().Matches(source).Select(found => found.Groups[1].Value)).Except(keys));
    }

    [Fact]
    public void What_a_value_says_is_not_looked_into()
    {
        var said = Language.Of("de").Say("invitation.subject", ("customer", "{days} & {customer}"));

        Assert.Equal("Sie sind zu {days} & {customer} eingeladen", said);
    }

    [Fact]
    public void A_value_that_is_missing_is_an_error_that_names_it()
    {
        Assert.Contains("'limit.headline' asks for {percent}", Assert.Throws<InvalidOperationException>(() => Language.English.Say("limit.headline")).Message, StringComparison.Ordinal);
        Assert.Contains("'no.such'", Assert.Throws<InvalidOperationException>(() => Language.English.Say("no.such")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_thread_decides_nothing()
    {
        var before = CultureInfo.CurrentUICulture;
        try
        {
            CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("de-DE");
            Assert.Equal("Used", Language.English.Say("figure.used"));
            CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("en-US");
            Assert.Equal("Verbraucht", Language.Of("de").Say("figure.used"));
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
    }

    private static Language Of(string code) => Language.All.Single(language => language.Code == code);

    private static string Values(string sentence) => string.Join(' ', Language.Placeholder().Matches(sentence).Select(found => found.Value).Distinct().Order(StringComparer.Ordinal));

    [GeneratedRegex(@"\p{L}{3}")]
    private static partial Regex Words();

    [GeneratedRegex("\"([a-zA-Z0-9.]+)\"")]
    private static partial Regex Named();

    [GeneratedRegex("\\bSay\\(\"([a-zA-Z0-9.]+)\"")]
    private static partial Regex Said();
}
