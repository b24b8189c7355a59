using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>Who is charged which tax, and that it is rounded once, booked and printed.</summary>
public sealed class TaxTests
{
    private static readonly CompanyDetails s_german = new("Atlas") { Address = new PostalAddress(Country: "DE"), TaxId = "DE123456789" };

    private static readonly Dictionary<string, TaxRate> s_rates = new[] { ("DE", 19m), ("FR", 20m), ("CH", 8.1m) }
        .ToDictionary(rate => rate.Item1, rate => new TaxRate { Country = rate.Item1, Name = "VAT", Percent = rate.Item2 });

    [Theory]
    [InlineData("DE", null, TaxCategory.Standard, "19")]
    [InlineData("DE", "DE129273398", TaxCategory.Standard, "19")]
    [InlineData("FR", null, TaxCategory.Standard, "20")]
    [InlineData("FR", "FR40303265045", TaxCategory.ReverseCharge, "0")]
    [InlineData("FR", "fr 40.303-265 045", TaxCategory.ReverseCharge, "0")]
    [InlineData("FR", "FR4030326504", TaxCategory.Standard, "20")]
    [InlineData("FR", "DE129273398", TaxCategory.Standard, "20")]
    [InlineData("IT", "IT00743110157", TaxCategory.ReverseCharge, "0")]
    [InlineData("CH", "CHE123456789", TaxCategory.Standard, "8.1")]
    [InlineData(null, null, TaxCategory.Standard, "19")]
    public void A_customer_is_taxed_by_its_country_or_accounts_for_the_tax_itself(string? country, string? taxId, TaxCategory category, string percent)
    {
        var treatment = TaxTreatment.Of(Of(country, taxId), s_german, s_rates)!;
        Assert.Equal((category, percent), (treatment.Category, DecimalText.Format(treatment.Percent)));
        Assert.Equal(category == TaxCategory.ReverseCharge, treatment.Note is not null);
    }

    [Fact]
    public void Without_rates_or_in_a_country_without_one_no_tax_is_charged_and_an_exemption_says_its_reason()
    {
        Assert.Null(TaxTreatment.Of(Of("DE", null), s_german, new Dictionary<string, TaxRate>()));
        Assert.Null(TaxTreatment.Of(Of("US", null), s_german, s_rates));
        var customer = Of("DE", null);
        customer.TaxExempt = "diplomatic mission";
        var exempt = TaxTreatment.Of(customer, s_german, s_rates)!;
        Assert.Equal((TaxCategory.Exempt, 0m, "Exempt from tax: diplomatic mission"), (exempt.Category, exempt.Percent, exempt.Note));
    }

    [Fact]
    public void A_seller_outside_the_Union_knows_no_reverse_charge() =>
        Assert.Equal(TaxCategory.Standard, TaxTreatment.Of(Of("FR", "FR40303265045"), new CompanyDetails("Helvetia") { Address = new PostalAddress(Country: "CH") }, s_rates)!.Category);

    [Theory]
    [InlineData("AT", "ATU12345678", true)]
    [InlineData("AT", "AT12345678", false)]
    [InlineData("GR", "EL123456789", true)]
    [InlineData("GR", "GR123456789", false)]
    [InlineData("NL", "NL123456789B01", true)]
    [InlineData("ES", "ESX1234567X", true)]
    [InlineData("ES", "ES12345678", false)]
    [InlineData("IE", "IE1234567WA", true)]
    [InlineData("US", "123456789", false)]
    public void A_VAT_number_is_known_by_its_look(string country, string number, bool looksRight) =>
        Assert.Equal(looksRight, VatNumber.LooksRight(country, number));

    [Fact]
    public void Tax_is_the_exact_product_rounded_once_half_away_from_zero()
    {
        foreach (var percent in new[] { 19m, 20m, 5.5m, 8.1m })
        {
            var treatment = new TaxTreatment(TaxCategory.Standard, "VAT", percent, null);
            for (var cents = -1_000L; cents <= 1_000; cents++)
            {
                // Whole numbers only: tenths of a percent of a cent.
                var exact = cents * (long)(percent * 10);
                var expected = Math.Sign(exact) * ((Math.Abs(exact) + 500) / 1_000);
                Assert.Equal(expected, treatment.On(new Money(cents, Currency.Of("EUR"))).Amount);
            }
        }
    }

    [Fact]
    public void Tax_within_a_price_is_rounded_once_and_leaves_the_rest_as_its_base()
    {
        foreach (var percent in new[] { 19m, 20m, 5.5m, 8.1m })
        {
            var treatment = new TaxTreatment(TaxCategory.Standard, "VAT", percent, null) { Included = true };
            for (var cents = -1_000L; cents <= 1_000; cents++)
            {
                // Whole numbers only: the tax is cents × p / (1000 + p), with p in tenths of a percent.
                var (p, whole) = ((long)(percent * 10), Math.Abs(cents));
                var expected = Math.Sign(cents) * (((2 * whole * p) + 1_000 + p) / (2 * (1_000 + p)));
                var tax = treatment.On(new Money(cents, Currency.Of("EUR")));
                Assert.Equal((expected, cents - expected), (tax.Amount, tax.Base));
            }
        }
    }

    [Fact]
    public async Task Prices_that_include_tax_come_to_what_they_say_on_spend_preview_invoice_and_credit_note()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("0.01")], currency: "EUR", terms: new BillingTerms(null, BillingTerms.Send, 14) { TaxIncluded = true });
        await Tax(system, customer);
        await system.Use(customer, 1_005);
        var known = system.Get<Register>().Now.ById[customer.Id].Customer;
        var plan = await system.Get<InvoiceReader>().PlanOf(await system.Spend(customer), known, CancellationToken.None);
        var preview = await system.Get<InvoiceReader>().Preview(Actor.System, customer.Key, CancellationToken.None);
        await system.WalkTo("2026-04-01T01:00:00Z");

        var invoice = Assert.Single(await system.Invoices(customer));
        Assert.Equal((1_005L, 160L, 1_005L, 845L), (invoice.Subtotal, invoice.Tax, invoice.Total, Assert.Single(invoice.Taxes).Base));
        Assert.Equal((160L, 1_005L, 160L, 1_005L), (plan.Tax!.Amount, plan.Total, preview.Tax, preview.Total));
        await StandingRules.Hold(system);

        foreach (var amount in new[] { 3.33m, 3.33m })
        {
            await Credit(amount);
        }

        var last = await Credit(null);
        Assert.Equal((-339L, -54L, -339L), (last.Subtotal, last.Tax, last.Total));
        await StandingRules.Hold(system);

        Task<Invoice> Credit(decimal? amount) => system.Get<Portal.Domain.Payments.CreditNoteWriter>().Write(
            Actor.System, "INV-000001", new Portal.Domain.Payments.CreditNoteOrder(amount, [], null, NoteSettlement.Offset), CancellationToken.None);
    }

    [Fact]
    public async Task Tax_is_on_the_invoice_in_the_books_and_on_the_credit_note_that_takes_it_back()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("0.01")], currency: "EUR", terms: new BillingTerms(null, BillingTerms.Send, 14));
        await Tax(system, customer);
        var taken = await system.Use(customer, 1_003);
        await system.Use(customer, 2);
        await system.WalkTo("2026-04-01T01:00:00Z");

        var invoice = Assert.Single(await system.Invoices(customer));
        Assert.Equal((1_005L, 191L, 1_196L), (invoice.Subtotal, invoice.Tax, invoice.Total));
        Assert.Equal(new InvoiceTax(TaxCategory.Standard, "VAT", 19, 1_005, 191, null), Assert.Single(invoice.Taxes));
        await StandingRules.Hold(system);

        await system.Get<Portal.Domain.Metering.VoidWriter>().Void(Actor.System, customer.Key, taken, "A loop.", CancellationToken.None);
        await system.WalkTo("2026-05-01T01:00:00Z");
        var note = (await system.Invoices(customer)).Single(document => document.Kind == InvoiceKind.CreditNote);
        Assert.Equal((-1_003L, -191L, -1_194L), (note.Subtotal, note.Tax, note.Total));
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task The_document_says_rate_base_and_tax_or_who_owes_it()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")], currency: "EUR", terms: new BillingTerms(null, BillingTerms.Send, 14));
        await Tax(system, customer);
        await system.WalkTo("2026-04-01T01:00:00Z");
        await using (var db = system.Database.CreateDbContext())
        {
            await db.Customers.ExecuteUpdateAsync(all => all.SetProperty(one => one.Country, "FR").SetProperty(one => one.TaxId, "FR40303265045"));
            await system.Get<Register>().Apply(RegisterChange.Everything, CancellationToken.None);
        }

        await system.WalkTo("2026-05-01T01:00:00Z");
        var pages = new List<string>();
        foreach (var number in new[] { "INV-000001", "INV-000002" })
        {
            var invoice = await system.Get<InvoiceReader>().Find(Actor.System, number, CancellationToken.None);
            pages.Add(InvoiceDocument.Html(invoice, invoice.Parties!));
        }

        Assert.Contains("VAT 19 % on €100.00", pages[0], StringComparison.Ordinal);
        Assert.Contains("€119.00", pages[0], StringComparison.Ordinal);
        Assert.Contains("Tax number DE123456789", pages[0], StringComparison.Ordinal);
        Assert.Contains("Reverse charge", pages[1], StringComparison.Ordinal);
        Assert.Contains("FR40303265045", pages[1], StringComparison.Ordinal);
        Assert.DoesNotContain("Reverse charge", pages[0], StringComparison.Ordinal);
    }

    private static async Task Tax(BillingSystem system, Customer customer)
    {
        await using var db = system.Database.CreateDbContext();
        await db.Customers.Where(one => one.Id == customer.Id).ExecuteUpdateAsync(one => one.SetProperty(row => row.Country, "DE"));
        await system.Get<CompanyWriter>().Put(Actor.System, s_german, CancellationToken.None);
        await system.Get<TaxRateWriter>().Put(Actor.System, [.. s_rates.Values], CancellationToken.None);
        await system.Get<Register>().Apply(RegisterChange.Everything, CancellationToken.None);
    }

    private static Customer Of(string? country, string? taxId) =>
        new() { Key = "c", Name = "C", Email = "c@c.example", Currency = "EUR", Country = country, TaxId = taxId, CreatedAt = default };
}
