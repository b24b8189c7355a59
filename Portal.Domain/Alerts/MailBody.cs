using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>What a mail says, once; it reads the same as plain text and as HTML. Everything in it is plain text and is encoded for HTML here.</summary>
/// <param name="Language">What all of it is written in.</param>
/// <param name="Headline">The news in a few words.</param>
/// <param name="Paragraphs">What happened and what happens next.</param>
/// <param name="Figures">Names and values, as a small table.</param>
/// <param name="LinkText">What the one link does.</param>
/// <param name="Link">Its address.</param>
/// <param name="Reason">Why the reader gets this mail.</param>
public sealed record MailBody(
    Language Language, string Headline, IReadOnlyList<string> Paragraphs, IReadOnlyList<MailFigure> Figures, string LinkText, string Link, string Reason)
{
    private const string Font = "font-family:'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";

    // Letters of every script stay readable; what has a meaning in HTML is encoded.
    private static readonly HtmlEncoder s_html = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>A bar of what is used, in percent; null for none.</summary>
    public decimal? BarPercent { get; init; }

    /// <summary>The plain text part.</summary>
    public string ToText()
    {
        var text = new StringBuilder().Append(Headline).Append("\n\n");
        foreach (var paragraph in Paragraphs)
        {
            text.Append(paragraph).Append("\n\n");
        }

        foreach (var figure in Figures)
        {
            text.Append(Language.Say("figure", ("name", figure.Name), ("value", figure.Value))).Append('\n');
        }

        return text.Append(CultureInfo.InvariantCulture, $"\n{Language.Say("link", ("text", LinkText))}\n{Link}\n\n-- \n{Reason}\n").ToString();
    }

    /// <summary>The HTML part: tables and inline styles, which mail programs of any age show alike; always light.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="{Language.Code}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light">
            <title>{Encode(Headline)}</title>
            </head>
            <body style="margin:0;padding:0;background:#f6f5f2">
            <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f6f5f2"><tr><td align="center" style="padding:24px 12px">
            <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;border:1px solid #dedbd3;border-radius:10px"><tr><td style="padding:28px;{Font};font-size:15px;line-height:1.5;color:#1d1c1a">
            <h1 style="margin:0 0 16px;font-size:22px;line-height:1.25;font-weight:600">{Encode(Headline)}</h1>

            """);
        AppendBar(html);
        foreach (var paragraph in Paragraphs)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p style=\"margin:0 0 14px\">{Encode(paragraph)}</p>\n");
        }

        AppendFigures(html);
        html.Append(CultureInfo.InvariantCulture, $"""
            <p style="margin:22px 0 8px"><a href="{Encode(Link)}" style="display:inline-block;padding:10px 18px;background:#0f5f5a;color:#ffffff;text-decoration:none;border-radius:8px;font-weight:600">{Encode(LinkText)}</a></p>
            </td></tr></table>
            <p style="max-width:560px;margin:14px 0 0;{Font};font-size:12px;line-height:1.5;color:#6f6b62;text-align:left">{Encode(Reason)}</p>
            </td></tr></table>
            </body>
            </html>

            """);
        return html.ToString();
    }

    private void AppendBar(StringBuilder html)
    {
        if (BarPercent is not { } percent)
        {
            return;
        }

        var fill = (int)Math.Clamp(percent, 0, 100);
        var colour = percent >= 100 ? "#c8372e" : "#d98a1f";
        var used = fill == 0 ? "" : $"<td width=\"{fill}%\" style=\"height:10px;line-height:10px;font-size:0;background:{colour}\">&nbsp;</td>";
        var rest = fill == 100 ? "" : $"<td width=\"{100 - fill}%\" style=\"height:10px;line-height:10px;font-size:0;background:#efede8\">&nbsp;</td>";
        html.Append(CultureInfo.InvariantCulture, $"""
            <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 18px;border-radius:5px;overflow:hidden"><tr>{used}{rest}</tr></table>

            """);
    }

    private void AppendFigures(StringBuilder html)
    {
        if (Figures.Count == 0)
        {
            return;
        }

        html.Append("<table width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"margin:6px 0 0;border-top:1px solid #dedbd3;font-size:14px\">\n");
        foreach (var figure in Figures)
        {
            html.Append(CultureInfo.InvariantCulture, $"""
                <tr><th scope="row" align="left" valign="top" style="padding:7px 12px 7px 0;border-bottom:1px solid #dedbd3;font-weight:400;color:#55524b">{Encode(figure.Name)}</th><td align="right" valign="top" style="padding:7px 0;border-bottom:1px solid #dedbd3">{Encode(figure.Value)}</td></tr>

                """);
        }

        html.Append("</table>\n");
    }

    private static string Encode(string text) => s_html.Encode(text);
}

/// <summary>A figure in a mail.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">The figure, written for the reader.</param>
public sealed record MailFigure(string Name, string Value);
