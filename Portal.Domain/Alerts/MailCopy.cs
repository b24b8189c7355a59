using System.Text.Encodings.Web;
using System.Text.RegularExpressions;

namespace Portal.Domain.Alerts;

/// <summary>A mail to the customer's address as a member gets it: the same words, why this person gets them, and no link that acts without a sign-in. Pure.</summary>
internal static partial class MailCopy
{
    // What MailBody ends with: the reader's own lines stand before it.
    private const string HtmlEnd = "</td></tr></table>";

    /// <summary>The plain text part.</summary>
    /// <param name="text">As it went to the customer's address.</param>
    /// <param name="page">Where the person looks, signed in.</param>
    /// <param name="lines">Why the person gets it, and the addresses that change that.</param>
    public static string Text(string text, string page, IEnumerable<(string Words, string Link)> lines) =>
        $"{ActingLink().Replace(text, page).TrimEnd()}\n\n{string.Join("\n", lines.Select(line => $"{line.Words}: {line.Link}"))}\n";

    /// <summary>The HTML part.</summary>
    public static string Html(string html, string page, IEnumerable<(string Words, string Link)> lines)
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
