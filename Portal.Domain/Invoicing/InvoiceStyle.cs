using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>How an invoice looks, on paper and on screen.</summary>
internal static class InvoiceStyle
{
    private const string Accent = "#0f5f5a";

    private const string Sheet = """
        :root { color-scheme: light; --ink: #1d1c1a; --ink-2: #55524b; --line: #dedbd3; }
        @page { size: A4; margin: 18mm 16mm 20mm; @bottom-right { content: [page]; font: 9pt sans-serif; color: #55524b; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: #fff; color: var(--ink); font: 10pt/1.45 "Noto Sans", "Noto Sans CJK JP", "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; }
        p, h1, h2 { margin: 0; }
        header { display: flex; justify-content: space-between; gap: 12mm; border-bottom: 2px solid var(--accent); padding-bottom: 6mm; }
        h1 { font-size: 20pt; font-weight: 600; color: var(--accent); text-align: right; }
        h2 { font-size: 9pt; font-weight: 600; color: var(--ink-2); }
        .name { font-weight: 600; font-size: 11pt; }
        .draft { color: var(--ink-2); text-align: right; }
        .parties { display: flex; justify-content: space-between; gap: 12mm; margin: 8mm 0; }
        table { border-collapse: collapse; }
        caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
        th { text-align: left; font-weight: 400; color: var(--ink-2); }
        .facts th { padding: 0 6mm 1mm 0; vertical-align: top; }
        .facts td { padding: 0 0 1mm; }
        .lines { width: 100%; }
        .lines thead { display: table-header-group; }
        .lines thead th { border-bottom: 1px solid var(--ink-2); padding: 1.5mm 2mm; }
        .lines td { border-bottom: 1px solid var(--line); padding: 2mm; vertical-align: top; }
        .lines .line { break-inside: avoid; }
        .lines .n, .totals td { text-align: right; white-space: nowrap; }
        .span { color: var(--ink-2); }
        .step { display: flex; justify-content: space-between; gap: 6mm; color: var(--ink-2); font-size: 9pt; }
        .totals { margin: 6mm 0 0 auto; break-inside: avoid; }
        .totals th { padding: 1mm 10mm 1mm 2mm; }
        .totals td { padding: 1mm 2mm; }
        .total th, .total td { border-top: 2px solid var(--accent); font-weight: 600; font-size: 12pt; color: var(--ink); padding-top: 2mm; }
        footer { margin-top: 10mm; break-inside: avoid; }
        footer p { margin-bottom: 2mm; }
        @media screen { body { background: #f6f5f2; } main { max-width: 210mm; margin: 8mm auto; padding: 18mm 16mm; background: #fff; } }
        @media screen and (max-width: 700px) { main { margin: 0; padding: 6mm; } header, .parties { flex-direction: column; } h1, .draft { text-align: left; } }
        """;

    /// <summary>The style sheet with the seller's colour; the house's own where it has none.</summary>
    /// <param name="color">In hexadecimal.</param>
    /// <param name="language">What the number of a page is written in.</param>
    public static string Css(string? color, Language language)
    {
        // "Page " counter(page) " of " counter(pages): the printer counts.
        var page = $"\"{language.Say("doc.page", ("page", "\" counter(page) \""), ("pages", "\" counter(pages) \""))}\"";
        return $":root {{ --accent: {color ?? Accent}; }}\n{Sheet.Replace("[page]", page.Replace(" \"\"", "", StringComparison.Ordinal), StringComparison.Ordinal)}";
    }
}
