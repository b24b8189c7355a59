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
    private readonly DateTimeZone _zone;
    private readonly Currency _currency;
    private readonly StringBuilder _page = new();

    private InvoiceDocument(Invoice invoice, InvoiceParties parties)
    {
        (_invoice, _seller, _buyer) = (invoice, parties.Seller, parties.Buyer);
        _culture = CustomerText.CultureOf(_buyer.Locale);
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

    private string Title => _invoice.Kind == InvoiceKind.CreditNote ? "Credit note" : "Invoice";

    private string Page()
    {
        var name = _invoice.Number ?? "draft";
        Add($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light">
            <title>{E($"{Title} {name}")}</title>
            <style>{InvoiceStyle.Css(_seller?.Branding.GetValueOrDefault(CompanyDetails.Color))}</style>
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
        Add($"<header><div class=\"seller\"><p class=\"name\">{E(_seller?.Name ?? "Seller not named yet")}</p>{Lines(_seller?.Address?.Lines())}{TaxNumber(_seller?.TaxId)}</div>");
        Add($"<div class=\"title\"><h1>{E(Title)}</h1>{(_invoice.Number is null ? "<p class=\"draft\">Draft: it may still change, and nothing is owed yet.</p>" : "")}</div></header>\n");
        Add($"<section class=\"parties\"><div><h2>{(_invoice.Kind == InvoiceKind.CreditNote ? "For" : "Bill to")}</h2><p class=\"name\">{E(_buyer.Name)}</p>{Lines(BuyerLines())}{TaxNumber(_buyer.TaxId)}</div>");
        Add("<table class=\"facts\"><tbody>");
        AddFact("Number", _invoice.Number);
        AddFact("Corrects", _invoice.Corrects is { } corrected ? $"Invoice {corrected.Number} of {Day(corrected.IssuedAt!.Value)}" : null);
        AddFact("Reason", _invoice.Reason);
        AddFact("Your order number", _buyer.PoNumber);
        AddFact("Date of issue", _invoice.IssuedAt is { } issued ? Day(issued) : null);
        AddFact("Period of supply", Span(new Period(_invoice.PeriodStart, _invoice.PeriodEnd)));
        AddFact("Due on", _invoice.Total > 0 && _invoice.DueAt is { } due ? Day(due) : null);
        AddFact("Time zone", _buyer.TimeZone);
        Add("</tbody></table></section>\n");
    }

    private IEnumerable<string> BuyerLines()
    {
        var lines = _buyer.Address?.Lines() ?? [];
        return _buyer.Address?.Country is null && _buyer.Country is { } country ? lines.Append(country) : lines;
    }

    private void AddFact(string name, string? value)
    {
        if (value is not null)
        {
            Add($"<tr><th scope=\"row\">{E(name)}</th><td>{E(value)}</td></tr>");
        }
    }

    private void AddLines()
    {
        Add("""
            <table class="lines"><caption>What is billed</caption>
            <thead><tr><th scope="col">#</th><th scope="col">Description</th><th scope="col" class="n">Quantity</th><th scope="col" class="n">Amount</th></tr></thead>
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
                var words = StepWords.Of(step, line.Unit, _currency, _culture);
                Add($"<div class=\"step\"><span>{E(words.Sum.Length == 0 ? words.What : $"{words.What}: {words.Sum}")}</span><span>{E(words.Amount)}</span></div>");
            }

            var quantity = line.Quantity == 0 && line.Unit is null ? "" : UnitName.Format(line.Quantity, line.Unit, _culture);
            Add($"</td><td class=\"n\">{E(quantity)}</td><td class=\"n\">{E(Amount(line.Amount))}</td></tr>\n");
        }

        Add("</tbody></table>\n");
    }

    private void AddTotals()
    {
        var total = _invoice.Kind == InvoiceKind.CreditNote ? "Total in your favour" : "Total to pay";
        Add("<table class=\"totals\"><tbody>");
        Add($"<tr><th scope=\"row\">{(_invoice.TaxIncluded ? "Subtotal, tax included" : "Subtotal, without tax")}</th><td>{E(Amount(_invoice.Subtotal))}</td></tr>");
        foreach (var discount in _invoice.Discounts)
        {
            Add($"<tr><th scope=\"row\">{E(discount.Description)}</th><td>{E(Amount(-discount.Amount))}</td></tr>");
        }

        if (_invoice.Credits != 0)
        {
            Add($"<tr><th scope=\"row\">Promotional credits</th><td>{E(Amount(-_invoice.Credits))}</td></tr>");
        }

        foreach (var tax in _invoice.Taxes)
        {
            var rate = $"{(_invoice.TaxIncluded ? "Of it " : "")}{tax.Name} {UnitName.Format(tax.Percent, null, _culture)} % on {Amount(tax.Base)}";
            Add($"<tr><th scope=\"row\">{E(tax.Note is { } note ? $"{rate}. {note}" : rate)}</th><td>{E(Amount(tax.Amount))}</td></tr>");
        }

        if (_invoice.Taxes.Count == 0)
        {
            Add($"<tr><th scope=\"row\">Tax: none is charged</th><td>{E(Amount(0))}</td></tr>");
        }

        Add($"<tr class=\"total\"><th scope=\"row\">{total} ({E(_currency.Code)})</th><td>{E(Amount(_invoice.Total))}</td></tr>");
        if (_invoice.Prepaid != 0)
        {
            Add($"<tr><th scope=\"row\">Paid with prepaid credits</th><td>{E(Amount(-_invoice.Prepaid))}</td></tr>");
        }

        Add("</tbody></table>\n");
    }

    private void AddFoot()
    {
        Add("<footer>");
        if (_invoice.Kind == InvoiceKind.CreditNote)
        {
            Add(_invoice.Corrects is { } corrected
                ? $"<p>What is still to be paid of invoice {E(corrected.Number!)} is lowered by it. What was paid of it is given back, or taken off what else is owed.</p>"
                : "<p>The amount is taken off what you owe, now or on the next invoices.</p>");
        }
        else if (_invoice.Total > _invoice.Prepaid && _invoice.Number is { } number)
        {
            Add($"<p>Please pay {E(Amount(_invoice.Total - _invoice.Prepaid))} by {E(Day(_invoice.DueAt!.Value))} and name {E(number)}.</p>");
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

    private static string TaxNumber(string? taxId) => string.IsNullOrEmpty(taxId) ? "" : $"<p>Tax number {E(taxId)}</p>";

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
