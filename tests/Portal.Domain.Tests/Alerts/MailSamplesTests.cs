using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Alerts;

/// <summary>Every mail that the system can write has a sample that a person can read before a customer does.</summary>
public sealed partial class MailSamplesTests
{
    private const string Root = "https://portal.example";

    // The operator's people read English, whoever asks them.
    private const string ToTheOperator = "dispute.said.asked";

    // What samples quote: people's own words stay as they were written.
    private static readonly string[] s_quotes = ["Errors of the API", "A test run was billed.", "The tokens are those of your batch run on the 12th."];

    private static readonly MailSamples s_samples = new(
        new PortalLinks(new PortalOptions { PublicUrl = Root }), TimeProvider.System, new BusinessClock(TimeProvider.System));

    public static TheoryData<string, string, string> Samples
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var sample in s_samples.All)
            {
                data.Add(sample.Key, "en-US", "USD");
                data.Add(sample.Key, "de-DE", "EUR");
                data.Add(sample.Key, "fr-FR", "EUR");
                data.Add(sample.Key, "es-ES", "EUR");
                data.Add(sample.Key, "ja-JP", "JPY");
            }

            return data;
        }
    }

    public static TheoryData<string, string> Translated
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var sample in s_samples.All.Where(sample => sample.Key != ToTheOperator))
            {
                foreach (var language in Language.All.Skip(1))
                {
                    data.Add(sample.Key, SampleReader.All.First(reader => reader.Language == language).Locale);
                }
            }

            return data;
        }
    }

    [Fact]
    public void Every_method_that_composes_a_mail_has_a_sample_and_every_sample_a_method()
    {
        var composing =
            from type in typeof(OutboxMail).Assembly.GetTypes()
            where type.Name.EndsWith("Mail", StringComparison.Ordinal) && type != typeof(OutboxMail)
            from method in type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            where !method.IsPrivate && (method.ReturnType == typeof(OutboxMail) || method.ReturnType == typeof(IEnumerable<OutboxMail>))
            where !method.Name.Contains('<', StringComparison.Ordinal)
            select $"{type.Name[..^4]}.{method.Name}".ToLowerInvariant();

        Assert.Equal(
            composing.Distinct().Order(StringComparer.Ordinal),
            s_samples.All.Select(sample => string.Join('.', sample.Key.Split('.').Take(2))).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_kind_of_alert_has_a_sample() => Assert.Equal(
        AlertKind.All.Select(kind => kind.Key).Order(StringComparer.Ordinal),
        s_samples.All.Select(sample => Make(sample.Key, "en-US", "USD").AlertKind).OfType<string>().Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Keys_tell_samples_apart() => Assert.Equal(s_samples.All.Count, s_samples.All.Select(sample => sample.Key).Distinct().Count());

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_reads_well_in_both_parts_and_has_one_link(string key, string locale, string currency)
    {
        var mail = Make(key, locale, currency);
        var html = WebUtility.HtmlDecode(mail.Html);

        Assert.False(string.IsNullOrWhiteSpace(mail.Subject));
        Assert.DoesNotContain("{", mail.Subject + mail.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("null", mail.Subject + mail.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("  ", mail.Text, StringComparison.Ordinal);
        // A member's copy ends with its own links: where it chooses, and the one that ends mails of this kind.
        var (text, copy) = (mail.Text, Regex.Match(mail.Text, "\\n-- \\n[^\\n]*\\n\\n"));
        if (mail.MemberId is not null && copy.Success)
        {
            Assert.All(Links().Matches(text).Select(found => found.Value), page => Assert.Contains($"\"{page}\"", html, StringComparison.Ordinal));
            (text, html) = (text[..copy.Index], html[..html.IndexOf("<p style=\"max-width:560px;margin:8px", StringComparison.Ordinal)]);
        }

        var link = Assert.Single(Links().Matches(text)).Value;
        Assert.StartsWith(Root, link, StringComparison.Ordinal);
        Assert.Equal(link, Assert.Single(Hrefs().Matches(html)).Groups[1].Value);
        foreach (var figure in Figures().Matches(mail.Text).Select(match => match.Value))
        {
            Assert.Contains(figure, html, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Translated))]
    public void A_mail_is_all_in_the_customers_language(string key, string locale)
    {
        var (mail, english) = (Make(key, locale, "EUR"), Make(key, "en-GB", "EUR"));

        Assert.Contains($"<html lang=\"{locale[..2]}\">", mail.Html, StringComparison.Ordinal);
        Assert.NotEqual(english.Subject, mail.Subject);
        Assert.Empty(mail.Text.Split('\n').Where(line => line.Count(letter => letter == ' ') > 1 && !s_quotes.Contains(line)).Intersect(english.Text.Split('\n')));
        var own = s_quotes.Aggregate($"{mail.Subject}\n{Links().Replace(mail.Text, "")}", (text, quote) => text.Replace(quote, "", StringComparison.Ordinal));
        Assert.Empty(EnglishWords().Matches(own).Select(found => found.Value));
    }

    [Fact]
    public void What_the_operators_people_read_is_English_with_the_customers_amounts()
    {
        var mail = Make(ToTheOperator, "de-DE", "EUR");

        Assert.StartsWith("Sample Ltd asks about line 1 of invoice", mail.Subject, StringComparison.Ordinal);
        Assert.Contains("Amount: 42,17 €", mail.Text.Replace('\u00a0', ' '), StringComparison.Ordinal);
        Assert.Contains("<html lang=\"en\">", mail.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("limit.make.80", "$83.10", "$100.00")]
    [InlineData("usagelimit.make.80", "$16.40", "$20.00")]
    [InlineData("included.make.80", "812,500 tokens", "1,000,000 tokens")]
    [InlineData("credit.low", "$9.40", "$50.00")]
    [InlineData("forecast.make", "$123.40", "$108.90")]
    [InlineData("spike.make", "$42.00", "$4.20")]
    [InlineData("payment.failed", "$42.17", "4242")]
    [InlineData("invoice.issued", "$42.17", "INV-000042")]
    [InlineData("invoice.issued.prepaid", "$15.00", "$27.17")]
    [InlineData("invoice.issued.note", "$12.00", "CN-000007")]
    [InlineData("invoice.overdue", "$42.17", "INV-000042")]
    [InlineData("refund.settled", "$12.00", "CN-000007")]
    public void A_sample_has_figures_in_both_parts(string key, string one, string other)
    {
        var mail = Make(key, "en-US", "USD");
        var html = WebUtility.HtmlDecode(mail.Html);

        Assert.All([one, other], figure => Assert.Contains(figure, mail.Text, StringComparison.Ordinal));
        Assert.All([one, other], figure => Assert.Contains(figure, html, StringComparison.Ordinal));
    }

    [Fact]
    public void Amounts_read_as_the_reader_writes_them_in_the_currency_chosen()
    {
        Assert.Contains("83,10 €", Make("limit.make.80", "de-DE", "EUR").Subject.Replace('\u00a0', ' '), StringComparison.Ordinal);
        Assert.Contains("8,310", Make("limit.make.80", "ja-JP", "JPY").Subject, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_may_not_see_operations_sees_no_sample()
    {
        var member = new Actor("sam", 1, null, null, MemberRole.Owner);

        Assert.Throws<Refusal>(() => s_samples.Make(member, s_samples.All[0], SampleReader.All[0], Currency.Of("USD")));
    }

    private static OutboxMail Make(string key, string locale, string currency) => s_samples.Make(
        Actor.System, s_samples.All.Single(sample => sample.Key == key), SampleReader.All.Single(reader => reader.Locale == locale), Currency.Of(currency));

    [GeneratedRegex(@"https://portal\.example\S*")]
    private static partial Regex Links();

    [GeneratedRegex(@"\b(the|is|are|of|your|you|and|has|this|it|what|for|by)\b", RegexOptions.IgnoreCase)]
    private static partial Regex EnglishWords();

    [GeneratedRegex("href=\"([^\"]*)\"")]
    private static partial Regex Hrefs();

    [GeneratedRegex(@"\d[\d.,]*\d")]
    private static partial Regex Figures();
}
