using System.Text.RegularExpressions;
using System.Xml.Linq;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Limits;
using Portal.Domain.Tests.Limits;

namespace Portal.Domain.Tests.Alerts;

public sealed partial class LimitMailTests
{
    private const string Link = "https://billing.example.com/limits?customer=acme&from=mail";

    [Fact]
    public void At_80_percent_of_a_hard_cap_it_says_that_nothing_stops_yet_and_what_stops_at_100()
    {
        var mail = Make(Given.Stand(83.1m, 100), 80);

        Assert.Equal("80 % alert: $83.10 of your limit of $100.00 is used", mail.Subject);
        Assert.StartsWith("83 % of your limit is used\n", mail.Text, StringComparison.Ordinal);
        Assert.Contains("Nothing stops yet. At 100 % usage stops until the period ends or the limit is raised, and nothing above $100.00 is billed.", mail.Text, StringComparison.Ordinal);
        Assert.Contains("Left until usage stops: $16.90\n", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void At_100_percent_of_a_hard_cap_it_says_that_usage_is_stopped_and_how_it_opens()
    {
        var mail = Make(Given.Stand(104.2m, 100), 100);

        Assert.Equal("Limit reached: $104.20 of $100.00 used, usage is stopped", mail.Subject);
        Assert.Contains("Usage is stopped now: requests are refused until the period ends or the limit is raised.", mail.Text, StringComparison.Ordinal);
        Assert.Contains("A raised limit opens access within a second.", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void At_100_percent_of_a_soft_cap_it_says_how_far_usage_goes_on()
    {
        var mail = Make(new LimitStand(Given.Cap(100, LimitKind.Soft), Given.Dollars(101)), 100);

        Assert.Contains("Nothing stops yet: the limit is soft, and usage goes on up to $110.00.", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_protection_it_says_that_all_is_billed()
    {
        var mail = Make(new LimitStand(Given.Cap(100, enforced: false), Given.Dollars(150)), 100);

        Assert.Contains("the protection of this limit is turned off, so usage goes on and all of it is billed.", mail.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Left until usage stops", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Words_dates_and_amounts_are_those_of_the_customers_locale_and_times_those_of_its_zone()
    {
        var customer = Given.Customer();
        customer.Locale = "de-DE";
        var mail = Make(Given.Stand(1_083.1m, 1_200), 80, customer);

        var text = mail.Text.Replace('\u00a0', ' ');
        Assert.Equal("Hinweis bei 80 %: 1.083,10 $ Ihres Ausgabenlimits von 1.200,00 $ sind verbraucht", mail.Subject.Replace('\u00a0', ' '));
        Assert.Contains("Noch wird nichts gestoppt. Bei 100 % stoppt die Nutzung,", text, StringComparison.Ordinal);
        Assert.Contains("Verbraucht: 1.083,10 $\n", text, StringComparison.Ordinal);
        Assert.Contains("Zeitraum: 1. März 2026 – 31. März 2026\n", text, StringComparison.Ordinal);
        Assert.Contains("Zählung beginnt neu am: 1. April 2026, 00:00 Uhr (Europe/Berlin)\n", text, StringComparison.Ordinal);
        Assert.Equal("de", Parse(mail.Html).Attribute("lang")!.Value);
    }

    [Fact]
    public void A_share_of_more_than_a_thousand_percent_has_its_separator()
    {
        var mail = Make(new LimitStand(Given.Cap(100, enforced: false), Given.Dollars(1_234)), 100);

        Assert.StartsWith("1,234 % of your limit is used\n", mail.Text, StringComparison.Ordinal);
        Assert.Contains("Share: 1,234 %\n", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Both_parts_say_the_same_and_have_the_one_link()
    {
        var mail = Make(Given.Stand(83.1m, 100), 80);
        var html = Parse(mail.Html);

        Assert.Equal(Link, Assert.Single(html.Descendants("a")).Attribute("href")!.Value);
        Assert.Equal(Link, Assert.Single(Links().Matches(mail.Text)).Value);
        foreach (var shown in html.Descendants().Where(node => node.Name.LocalName is "h1" or "p" or "th"))
        {
            Assert.Contains(shown.Value, mail.Text, StringComparison.Ordinal);
        }

        Assert.Equal(
            html.Descendants("tr").Where(row => row.Element("th") is not null).Select(row => $"{row.Element("th")!.Value}: {row.Element("td")!.Value}"),
            mail.Text.Split('\n').Where(line => html.Descendants("th").Any(name => line.StartsWith($"{name.Value}: ", StringComparison.Ordinal))));
    }

    [Fact]
    public void What_a_customer_calls_itself_stays_text()
    {
        var customer = Given.Customer();
        customer.Name = "<img src=x onerror=alert(1)> & \"Söhne\"";
        var mail = Make(Given.Stand(83.1m, 100), 80, customer);
        var html = Parse(mail.Html);

        Assert.Empty(html.Descendants("img"));
        Assert.Contains(html.Descendants("p"), paragraph => paragraph.Value.StartsWith(customer.Name, StringComparison.Ordinal));
        Assert.Contains(customer.Name, mail.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Söhne", mail.Subject, StringComparison.Ordinal);
    }

    [Fact]
    public void The_html_needs_nothing_that_mail_programs_refuse()
    {
        var html = Parse(Make(Given.Stand(150, 100), 100).Html);

        Assert.DoesNotContain(html.Descendants(), node => node.Name.LocalName is "script" or "style" or "link" or "img" or "form");
        Assert.DoesNotContain(html.Descendants().Attributes(), attribute => attribute.Name.LocalName is "class" or "onclick");
    }

    [Fact]
    public void It_goes_to_the_customers_address_as_an_alert_and_is_dated_in_business_time()
    {
        var mail = Make(Given.Stand(83.1m, 100), 80);

        Assert.Equal(("billing@acme.example", "limit", "<stable@example.com>"), (mail.To, mail.AlertKind, mail.MessageId));
        Assert.Equal((Given.Now, Given.Now.AddYears(1)), (mail.CreatedAt, mail.NextAttemptAt));
    }

    private static OutboxMail Make(LimitStand stand, int threshold, Customer? customer = null) => LimitMail.Make(
        customer ?? Given.Customer(), Given.Spend(stand), stand, threshold, Link, "<stable@example.com>", Given.Now, due: Given.Now.AddYears(1));

    // It is written so that it is well-formed XML too, but for the empty elements of the head.
    private static XElement Parse(string html) =>
        XElement.Parse(EmptyElements().Replace(html.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal).Replace("&nbsp;", "\u00a0", StringComparison.Ordinal), "$0</meta>"));

    [GeneratedRegex("https?://[^ \n]+")]
    private static partial Regex Links();

    [GeneratedRegex("<meta [^>]*>")]
    private static partial Regex EmptyElements();
}
