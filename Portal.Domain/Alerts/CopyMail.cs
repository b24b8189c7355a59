using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>A mail to the customer's address as a member gets it: the same words, why this person gets them, and no link that acts without a sign-in.</summary>
internal static partial class CopyMail
{
    // What MailBody ends with: the reader's own lines stand before it.
    private const string HtmlEnd = "</td></tr></table>";

    /// <summary>The member's copy.</summary>
    /// <param name="mail">As it went to the customer's address.</param>
    /// <param name="member">With its person and its customer; its quiet hours hold what can wait.</param>
    /// <param name="links">Addresses of pages.</param>
    /// <param name="unsubscribe">The link that ends mails of this kind; null for a kind that is not optional.</param>
    /// <param name="now">Business time.</param>
    /// <param name="due">From when it may leave, on the machine's clock.</param>
    public static OutboxMail Make(OutboxMail mail, Membership member, PortalLinks links, string? unsubscribe, DateTimeOffset now, DateTimeOffset due)
    {
        var (kind, customer, language) = (AlertKind.Of(mail.AlertKind!), member.Customer, Language.Of(member.Customer.Locale));
        var lines = new List<(string Words, string Link)>
        {
            (language.Say("copy.why", ("kind", language.Say($"kind.{kind.Key}")), ("customer", customer.Name)), links.Notifications(customer.Key)),
        };
        if (unsubscribe is not null)
        {
            lines.Add((language.Say("copy.stop"), unsubscribe));
        }

        var page = links.Limits(customer.Key);
        var isUrgent = kind.IsUrgent || mail.IsUrgent;
        return new OutboxMail
        {
            CustomerId = customer.Id,
            MemberId = member.UserId,
            To = member.User.Email!,
            Subject = mail.Subject,
            Text = Text(mail.Text, page, lines.Select(line => language.Say("figure", ("name", line.Words), ("value", line.Link)))),
            Html = Html(mail.Html, page, lines),
            MessageId = $"<{mail.MessageId.Trim('<', '>').Split('@')[0]}.{member.UserId:N}@{links.Host}>",
            AlertKind = mail.AlertKind,
            IsUrgent = isUrgent,
            HoldUntil = isUrgent ? null : QuietHours.HoldUntil(member.QuietFrom, member.QuietUntil, TimeZones.Find(customer.TimeZone)!, now),
            NextAttemptAt = due,
            CreatedAt = mail.CreatedAt,
        };
    }

    private static string Text(string text, string page, IEnumerable<string> lines) => $"{ActingLink().Replace(text, page).TrimEnd()}\n\n{string.Join("\n", lines)}\n";

    private static string Html(string html, string page, IEnumerable<(string Words, string Link)> lines)
    {
        var copy = ActingLink().Replace(html, HtmlEncoder.Default.Encode(page));
        var own = string.Concat(lines.Select(line =>
            $"<p style=\"max-width:560px;margin:8px 0 0;font-size:12px;color:#6f6b62;text-align:left\"><a href=\"{HtmlEncoder.Default.Encode(line.Link)}\" style=\"color:#6f6b62\">{HtmlEncoder.Default.Encode(line.Words)}</a></p>\n"));
        var end = copy.LastIndexOf(HtmlEnd, StringComparison.Ordinal);
        return end < 0 ? copy + own : copy.Insert(end, own);
    }

    /// <summary>What a notice in the portal says: the paragraphs and figures, without the headline, the link, and the reason for the mail.</summary>
    public static string Notice(string text)
    {
        var lines = text.Split("\n-- \n")[0].Split('\n');
        var link = Array.FindIndex(lines, line => line.StartsWith("http", StringComparison.Ordinal));
        return string.Join('\n', lines[..(link < 1 ? lines.Length : link - 1)].Skip(1)).Trim();
    }

    [GeneratedRegex("""https?://[^\s"<]+token=[\w-]+""")]
    private static partial Regex ActingLink();
}
