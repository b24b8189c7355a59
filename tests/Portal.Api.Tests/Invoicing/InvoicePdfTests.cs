using Microsoft.Extensions.DependencyInjection;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;

namespace Portal.Api.Tests.Invoicing;

/// <summary>What a finance department asks of a document: every item of article 226 of Directive 2006/112/EC, and pages that belong together.</summary>
public sealed class InvoicePdfTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    private static readonly DateTimeOffset s_start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [FactWithPrinter]
    public async Task A_PDF_has_every_item_of_article_226()
    {
        var text = await Print(Invoice(2, new InvoiceTax(TaxCategory.Standard, "VAT", 19, 25_000, 4_750, null)));
        foreach (var (item, expected) in new[]
        {
            ("1, date of issue", "1 April 2026"),
            ("2, sequential number", "INV-000123"),
            ("3, number of the seller", "DE123456789"),
            ("4, number of the customer", "FR40303265045"),
            ("5, name of the seller", "Atlas GmbH"),
            ("5, address of the seller", "Werkstraße 7"),
            ("5, name of the customer", "Client SARL"),
            ("5, address of the customer", "1 rue de la Paix"),
            ("6, quantity and nature", "100 tokens"),
            ("6, nature", "Usage of model 1"),
            ("7, date of supply", "1 March 2026 – 31 March 2026"),
            ("8, taxable amount per rate", "VAT 19 % on €250.00"),
            ("8, unit price without tax", "€1.25"),
            ("9, rate", "19 %"),
            ("10, tax payable", "€47.50"),
            ("total", "€297.50"),
        })
        {
            Assert.True(text.Contains(expected, StringComparison.Ordinal), $"Item {item}: '{expected}' is missing in\n{text}");
        }
    }

    [FactWithPrinter]
    public async Task A_reverse_charge_and_an_exemption_say_their_words()
    {
        Assert.Contains("Reverse charge", await Print(Invoice(1, new InvoiceTax(TaxCategory.ReverseCharge, "VAT", 0, 12_500, 0, TaxTreatment.ReverseChargeNote))), StringComparison.Ordinal);
        Assert.Contains("Exempt from tax: article 132", await Print(Invoice(1, new InvoiceTax(TaxCategory.Exempt, "VAT", 0, 12_500, 0, "Exempt from tax: article 132"))), StringComparison.Ordinal);
    }

    [FactWithPrinter]
    public async Task Many_lines_go_over_many_pages_with_the_head_and_the_number_of_each()
    {
        var text = await Print(Invoice(180, new InvoiceTax(TaxCategory.Standard, "VAT", 19, 180 * 12_500, 427_500, null)));
        var pages = text.Split('\f', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(pages.Length, 4, 60);
        for (var n = 1; n <= pages.Length; n++)
        {
            Assert.Contains($"Page {n} of {pages.Length}", pages[n - 1], StringComparison.Ordinal);
        }

        Assert.All(pages.SkipLast(1), page => Assert.Matches("Description +Quantity +Amount", page));
        Assert.All(Enumerable.Range(1, 180), n => Assert.Contains($"Usage of model {n} ", text.ReplaceLineEndings(" "), StringComparison.Ordinal));
    }

    private async Task<string> Print(Invoice invoice) =>
        await InvoiceTests.TextOf(await api.Services.GetRequiredService<IPdfPrinter>().Print(InvoiceDocument.Html(invoice, Parties()), CancellationToken.None));

    private static InvoiceParties Parties() => new(
        new CompanyDetails("Atlas GmbH") { Address = new PostalAddress("Werkstraße 7", null, "10115", "Berlin", null, "DE"), TaxId = "DE123456789" },
        new Buyer("Client SARL", "c@c.example", new PostalAddress("1 rue de la Paix", null, "75002", "Paris", null, "FR"), "FR", "FR40303265045", "en-IE", "UTC"));

    private static Invoice Invoice(int lines, InvoiceTax tax)
    {
        var invoice = new Invoice
        {
            Number = "INV-000123", Kind = InvoiceKind.Period, Status = InvoiceStatus.Finalized, CustomerId = 1, Cut = 0, Currency = "EUR",
            PeriodStart = s_start, PeriodEnd = s_start.AddMonths(1), UsageVersion = 0, Subtotal = lines * 12_500L, Total = 0, DraftedAt = s_start.AddMonths(1),
            FinalizeAt = s_start.AddMonths(1), IssuedAt = s_start.AddMonths(1), DueAt = s_start.AddMonths(1).AddDays(14), Collection = "send", NetDays = 14,
        };
        invoice.Take(new CreditPlan([], tax, (lines * 12_500L) + tax.Amount, []));
        invoice.Lines.AddRange(Enumerable.Range(1, lines).Select(n => new InvoiceLine
        {
            N = n, Kind = LineKind.Usage, PriceKey = $"p{n}", MeterKey = "tokens", Group = new Dictionary<string, string>(), Description = $"Usage of model {n}",
            Quantity = 100, Included = 0, Unit = "token", Amount = 12_500, Exact = 125, PeriodStart = s_start, PeriodEnd = s_start.AddMonths(1),
            Steps = [new Domain.Rating.RatedStep(Domain.Rating.StepKind.Units, 0, 100, 100, 1.25m, 1, 0, 125, null)],
        }));
        return invoice;
    }
}
