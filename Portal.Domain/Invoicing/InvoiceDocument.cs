using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using NodaTime;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Values;
using Period = Portal.Domain.Values.Period;

namespace Portal.Domain.Invoicing;

/// <summary>An invoice as a page of HTML, for a browser or the printer: no script, nothing from elsewhere, always light.</summary>
/// <remarks>
/// It has what article 226 of Directive 2006/112/EC asks for: date and number, both parties with addresses and tax numbers, quantity and nature, the
/// period of supply, unit prices, the amount taxed, rate and tax. What is paid is not in it: the document of an issued invoice never changes.
/// </remarks>
public sealed class InvoiceDocument
{
    // Letters of every script stay readable; what has a meaning in HTML is encoded.
    private static readonly HtmlEncoder s_html = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly Invoice _invoice;
    private readonly CompanyDetails? _seller;
    private readonly Buyer _buyer;
    private readonly CultureInfo _culture;
    private readonly Language _language;
    private readonly DateTimeZone _zone;
    private readonly Currency _currency;
    private readonly StringBuilder _page = new();

    private InvoiceDocument(Invoice invoice, InvoiceParties parties)
    {
        (_invoice, _seller, _buyer) = (invoice, parties.Seller, parties.Buyer);
        _culture = CustomerText.CultureOf(_buyer.Locale);
        _language = _buyer.Language is null ? Language.English : Language.Of(_buyer.Language);
        _zone = TimeZones.Find(_buyer.TimeZone)!;
        _currency = Currency.Of(invoice.Currency);
    }

    /// <summary>The page of an invoice.</summary>
    /// <param name="invoice">With its lines.</param>
    /// <param name="parties">Those of its issue; for a draft, as they are now.</param>
    public static string Html(Invoice invoice, InvoiceParties parties)
    {
        ArgumentNullException.ThrowIfNull(invoice);
        ArgumentNullException.ThrowIfNull(parties);
        return new InvoiceDocument(invoice, parties).Page();
    }

    private string Title => Say(_invoice.Kind == InvoiceKind.CreditNote ? "doc.note" : "doc.invoice");

    private string Page()
    {
        var name = _invoice.Number ?? "draft";
        Add($"""
            <!DOCTYPE html>
            <html lang="{_language.Code}">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light">
            <title>{E($"{Title} {name}")}</title>
            <style>{InvoiceStyle.Css(_seller?.Branding.GetValueOrDefault(CompanyDetails.Color), _language)}</style>
            </head>
            <body>
            <main>
            """);
        AddHead();
        AddLines();
        AddTotals();
        AddFoot();
        Add("</main>\n</body>\n</html>\n");
        return _page.ToString();
    }

    private void AddHead()
    {
        Add($"<header><div class=\"seller\"><p class=\"name\">{E(_seller?.Name ?? Say("doc.noSeller"))}</p>{Lines(_seller?.Address?.Lines())}{TaxNumber(_seller?.TaxId)}</div>");
        Add($"<div class=\"title\"><h1>{E(Title)}</h1>{(_invoice.Number is null ? $"<p class=\"draft\">{E(Say("doc.draft"))}</p>" : "")}</div></header>\n");
        Add($"<section class=\"parties\"><div><h2>{E(Say(_invoice.Kind == InvoiceKind.CreditNote ? "doc.for" : "doc.billTo"))}</h2><p class=\"name\">{E(_buyer.Name)}</p>{Lines(BuyerLines())}{TaxNumber(_buyer.TaxId)}</div>");
        Add("<table class=\"facts\"><tbody>");
        AddFact("doc.number", _invoice.Number);
        AddFact("note.of", _invoice.Corrects is { } corrected ? Say("doc.corrected", ("number", corrected.Number!), ("day", Day(corrected.IssuedAt!.Value))) : null);
        AddFact("doc.reason", _invoice.Reason);
        AddFact("doc.order", _buyer.PoNumber);
        AddFact("doc.issued", _invoice.IssuedAt is { } issued ? Day(issued) : null);
        AddFact("doc.supply", Span(new Period(_invoice.PeriodStart, _invoice.PeriodEnd)));
        AddFact("invoice.dueOn", _invoice.Total > 0 && _invoice.DueAt is { } due ? Day(due) : null);
        AddFact("doc.zone", _buyer.TimeZone);
        Add("</tbody></table></section>\n");
    }

    private IEnumerable<string> BuyerLines()
    {
        var lines = _buyer.Address?.Lines() ?? [];
        return _buyer.Address?.Country is null && _buyer.Country is { } country ? lines.Append(country) : lines;
    }

    private void AddFact(string key, string? value)
    {
        if (value is not null)
        {
            Add($"<tr><th scope=\"row\">{E(Say(key))}</th><td>{E(value)}</td></tr>");
        }
    }

    private void AddLines()
    {
        Add($"""
            <table class="lines"><caption>{E(Say("doc.lines"))}</caption>
            <thead><tr><th scope="col">#</th><th scope="col">{E(Say("doc.description"))}</th><th scope="col" class="n">{E(Say("doc.quantity"))}</th><th scope="col" class="n">{E(Say("figure.amount"))}</th></tr></thead>
            <tbody>
            """);
        foreach (var line in _invoice.Lines)
        {
            var span = new Period(line.PeriodStart, line.PeriodEnd);
            Add($"<tr class=\"line\"><td>{line.N.ToString(CultureInfo.InvariantCulture)}</td><td><strong>{E(line.Description)}</strong>");
            if (span != new Period(_invoice.PeriodStart, _invoice.PeriodEnd))
            {
                Add($"<div class=\"span\">{E(Span(span))}</div>");
            }

            foreach (var step in line.Steps)
            {
                var words = StepWords.Of(step, line.Unit, _currency, _culture, _language);
                Add($"<div class=\"step\"><span>{E(words.Sum.Length == 0 ? words.What : Say("figure", ("name", words.What), ("value", words.Sum)))}</span><span>{E(words.Amount)}</span></div>");
            }

            var quantity = line.Quantity == 0 && line.Unit is null ? "" : UnitName.Format(line.Quantity, line.Unit, _culture);
            Add($"</td><td class=\"n\">{E(quantity)}</td><td class=\"n\">{E(Amount(line.Amount))}</td></tr>\n");
        }

        Add("</tbody></table>\n");
    }

    private void AddTotals()
    {
        var total = Say(_invoice.Kind == InvoiceKind.CreditNote ? "doc.total.favour" : "doc.total.pay", ("currency", _currency.Code));
        Add("<table class=\"totals\"><tbody>");
        Add($"<tr><th scope=\"row\">{E(Say(_invoice.TaxIncluded ? "doc.subtotal.taxIncluded" : "doc.subtotal"))}</th><td>{E(Amount(_invoice.Subtotal))}</td></tr>");
        foreach (var discount in _invoice.Discounts)
        {
            Add($"<tr><th scope=\"row\">{E(discount.Description)}</th><td>{E(Amount(-discount.Amount))}</td></tr>");
        }

        if (_invoice.Credits != 0)
        {
            Add($"<tr><th scope=\"row\">{E(Say("doc.promotional"))}</th><td>{E(Amount(-_invoice.Credits))}</td></tr>");
        }

        foreach (var tax in _invoice.Taxes)
        {
            var percent = Say("percent", ("number", UnitName.Format(tax.Percent, null, _culture)));
            var rate = Say(_invoice.TaxIncluded ? "doc.tax.included" : "doc.tax", ("tax", tax.Name), ("percent", percent), ("base", Amount(tax.Base)));
            Add($"<tr><th scope=\"row\">{E(NoteOf(tax) is { } note ? $"{rate}. {note}" : rate)}</th><td>{E(Amount(tax.Amount))}</td></tr>");
        }

        if (_invoice.Taxes.Count == 0)
        {
            Add($"<tr><th scope=\"row\">{E(Say("doc.tax.none"))}</th><td>{E(Amount(0))}</td></tr>");
        }

        Add($"<tr class=\"total\"><th scope=\"row\">{E(total)}</th><td>{E(Amount(_invoice.Total))}</td></tr>");
        if (_invoice.Prepaid != 0)
        {
            Add($"<tr><th scope=\"row\">{E(Say("doc.prepaid"))}</th><td>{E(Amount(-_invoice.Prepaid))}</td></tr>");
        }

        Add("</tbody></table>\n");
    }

    private void AddFoot()
    {
        Add("<footer>");
        if (_invoice.Kind == InvoiceKind.CreditNote)
        {
            Add(_invoice.Corrects is { } corrected
                ? $"<p>{E(Say("doc.foot.corrects", ("number", corrected.Number!)))}</p>"
                : $"<p>{E(Say("doc.foot.owed"))}</p>");
        }
        else if (_invoice.Total > _invoice.Prepaid && _invoice.Number is { } number)
        {
            Add($"<p>{E(Say("doc.foot.pay", ("due", Amount(_invoice.Total - _invoice.Prepaid)), ("day", Day(_invoice.DueAt!.Value)), ("number", number)))}</p>");
            if (_seller?.BankDetails is { Count: > 0 } bank)
            {
                Add($"<table class=\"facts bank\"><tbody>{string.Concat(bank.Select(entry => $"<tr><th scope=\"row\">{E(entry.Key)}</th><td>{E(entry.Value)}</td></tr>"))}</tbody></table>");
            }
        }

        if (_seller?.Branding.GetValueOrDefault("footer") is { Length: > 0 } footer)
        {
            Add($"<p>{E(footer)}</p>");
        }

        Add("</footer>\n");
    }

    private static string Lines(IEnumerable<string>? lines) => string.Concat((lines ?? []).Select(line => $"<p>{E(line)}</p>"));

    private string TaxNumber(string? taxId) => string.IsNullOrEmpty(taxId) ? "" : $"<p>{E(Say("doc.taxNumber", ("number", taxId)))}</p>";

    // What was stored with the tax is English.
    private string? NoteOf(InvoiceTax tax) => tax switch
    {
        { Note: TaxTreatment.ReverseChargeNote } => Say("doc.tax.reverse"),
        { Category: TaxCategory.Exempt, Note: { } note } when note.StartsWith(TaxTreatment.ExemptNote, StringComparison.Ordinal) =>
            Say("doc.tax.exempt", ("why", note[TaxTreatment.ExemptNote.Length..])),
        _ => tax.Note,
    };

    private string Say(string key, params (string Name, string Value)[] values) => _language.Say(key, values);

    private string Amount(long minor) => new Money(minor, _currency).Format(_culture);

    private string Day(DateTimeOffset at) => Day(_zone.DateAt(at));

    // The culture's own long date without the day of the week.
    private string Day(LocalDate date)
    {
        var pattern = _culture.DateTimeFormat.LongDatePattern;
        var words = string.Join("", pattern.Split("dddd")).Trim(' ', ',', '،', '、', '.');
        return date.ToDateTimeUnspecified().ToString(words, _culture);
    }

    private string Span(Period period)
    {
        var (first, last) = (_zone.DateAt(period.Start), _zone.DateAt(period.End.AddTicks(-1)));
        return first == last ? Day(first) : $"{Day(first)} – {Day(last)}";
    }

    private static string E(string text) => s_html.Encode(text);

    private void Add(string html) => _page.Append(html);
}
