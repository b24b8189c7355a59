using System.Net;
using System.Text.RegularExpressions;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>An invoice is printed in the language that its buyer had when it was issued.</summary>
public sealed partial class InvoiceLanguageTests
{
    private static readonly DateTimeOffset s_start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly InvoiceTax s_reverse = new(TaxCategory.ReverseCharge, "X", 0, 12_500, 0, TaxTreatment.ReverseChargeNote);

    [Theory]
    [InlineData("de-DE", "Rechnung", "Rechnungsempfänger", "Leistungszeitraum", "Seite \" counter(page) \" von \" counter(pages);", "X 0 % auf 125,00 €. Steuerschuldnerschaft des Leistungsempfängers")]
    [InlineData("fr-FR", "Facture", "Facturé à", "Période de la prestation", "Page \" counter(page) \" sur \" counter(pages);", "Autoliquidation")]
    [InlineData("es-ES", "Factura", "Facturar a", "Período de la prestación", "Página \" counter(page) \" de \" counter(pages);", "Inversión del sujeto pasivo")]
    [InlineData("en-GB", "Invoice", "Bill to", "Period of supply", "content: \"Page \" counter(page) \" of \" counter(pages);", "X 0 % on €125.00. Reverse charge: the customer is liable")]
    [InlineData("sv-SE", "Invoice", "Bill to", "Period of supply", "Page", "Reverse charge")]
    public void The_words_that_the_law_asks_for_are_those_of_the_language(string locale, params string[] words)
    {
        var page = Page(Language.Of(locale), locale, s_reverse);

        Assert.Contains($"<html lang=\"{Language.Of(locale).Code}\">", page, StringComparison.Ordinal);
        Assert.All(words, word => Assert.Contains(word, page, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("fr-FR")]
    [InlineData("es-ES")]
    public void No_English_is_left(string locale)
    {
        foreach (var (kind, tax) in new[] { (InvoiceKind.Period, s_reverse), (InvoiceKind.CreditNote, new InvoiceTax(TaxCategory.Exempt, "X", 0, 12_500, 0, $"{TaxTreatment.ExemptNote}art. 132")) })
        {
            var page = Style().Replace(Page(Language.Of(locale), locale, tax, kind), "");
            Assert.Empty(EnglishWords().Matches(Tag().Replace(page, " ")).Select(found => found.Value));
        }
    }

    [Fact]
    public void What_was_issued_before_there_were_languages_stays_English()
    {
        var page = Page(null, "de-DE", s_reverse);

        Assert.Contains("<html lang=\"en\">", page, StringComparison.Ordinal);
        Assert.Contains("X 0 % on 125,00 €. Reverse charge: the customer is liable", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_buyer_keeps_the_language_of_its_locale() => Assert.Equal(
        ["de", "en"], new[] { "de-AT", "sv-SE" }.Select(locale => Buyer.Of(new Customer { Key = "k", Name = "N", Email = "n@n.example", Currency = "EUR", Locale = locale, CreatedAt = s_start }).Language));

    private static string Page(Language? language, string locale, InvoiceTax tax, InvoiceKind kind = InvoiceKind.Period)
    {
        var sign = kind == InvoiceKind.CreditNote ? -1 : 1;
        var invoice = new Invoice
        {
            Number = "INV-000123", Kind = kind, Status = InvoiceStatus.Finalized, CustomerId = 1, Cut = 0, Currency = "EUR", PeriodStart = s_start, PeriodEnd = s_start.AddMonths(1),
            UsageVersion = 0, Subtotal = sign * 12_500, Total = 0, DraftedAt = s_start.AddMonths(1), FinalizeAt = s_start.AddMonths(1), IssuedAt = s_start.AddMonths(1),
            DueAt = s_start.AddMonths(1).AddDays(14), Collection = "send", NetDays = 14,
        };
        invoice.Take(new CreditPlan([], tax, sign * 12_500, []));
        invoice.Lines.Add(new InvoiceLine
        {
            N = 1, Kind = LineKind.Usage, Group = new Dictionary<string, string>(), Description = "X", Quantity = 100, Included = 0, Unit = "kWh", Amount = 12_500, Exact = 125,
            PeriodStart = s_start, PeriodEnd = s_start.AddMonths(1), Steps = [.. Enum.GetValues<StepKind>().SelectMany(Steps)],
        });
        return WebUtility.HtmlDecode(InvoiceDocument.Html(invoice, new InvoiceParties(
            new CompanyDetails("Atlas") { TaxId = "DE123456789" }, new Buyer("Client", "c@c.example", null, "FR", "FR40303265045", locale, "Etc/UTC", "4711", language?.Code)))).Replace('\u00a0', ' ');
    }

    // Every way in which a step can be said.
    private static IEnumerable<RatedStep> Steps(StepKind kind) =>
    [
        new(kind, 0, null, 100, 1.25m, 100, 0, 125, 1), new(kind, 0, 10, 100, 1.25m, 1, 2, 125, 3),
        new(kind, 10, 20, 100, 1.25m, 1, 0, 125, 0), new(kind, 10, null, 0, 1.25m, 1, 0, 0, null),
    ];

    [GeneratedRegex("<style>.*?</style>", RegexOptions.Singleline)]
    private static partial Regex Style();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"\b(the|is|are|of|your|you|and|to|with|any|up|above|each|every|for|events?|used|tax|number|invoice|period|credit|please|pay|subtotal,? without|included)\b", RegexOptions.IgnoreCase)]
    private static partial Regex EnglishWords();
}
