using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Domain.Storage;
using Portal.Domain.Tests.Invoicing;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Payments;

/// <summary>Invoices are corrected by credit notes: never more than they came to, with their own tax, and without a change to the invoice itself.</summary>
public sealed class CreditNoteTests
{
    private static readonly BillingTerms s_sent = new(null, BillingTerms.Send, 14);

    [Fact]
    public async Task A_note_takes_back_all_of_an_unpaid_invoice_with_its_tax_and_settles_it()
    {
        await using var system = await Issued();
        var before = await Hash(system);
        var note = await Credit(system, reason: "Never ordered.");

        Assert.Equal(("CN-000001", InvoiceKind.CreditNote, InvoiceStatus.Paid), (note.Number, note.Kind, note.Status));
        Assert.Equal((-1_005L, -191L, -1_196L), (note.Subtotal, note.Tax, note.Total));
        Assert.Equal("INV-000001", note.Corrects!.Number);
        var invoice = await Read(system, "INV-000001");
        Assert.Equal((InvoiceStatus.Paid, 0L, "CN-000001"), (invoice.Status, invoice.Due, Assert.Single(invoice.CreditNotes).Number));
        Assert.Equal(before, await Hash(system));
        Assert.Contains("Invoice INV-000001 of", InvoiceDocument.Html(note, note.Parties!), StringComparison.Ordinal);
        Assert.Contains("Never ordered.", InvoiceDocument.Html(note, note.Parties!), StringComparison.Ordinal);
        await system.WalkTo("2026-04-02T00:00:00Z");
        var mail = Assert.Single(system.Mails, mail => mail.Subject == "Credit note CN-000001 for invoice INV-000001");
        Assert.Contains("Never ordered.", mail.Text, StringComparison.Ordinal);
        await StandingRules.Hold(system);

        Assert.Equal("nothing_to_credit", (await Assert.ThrowsAsync<Refusal>(() => Credit(system))).Code);
        Assert.Equal("is_credit_note", (await Assert.ThrowsAsync<Refusal>(() => Credit(system, "CN-000001"))).Code);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Notes_in_parts_come_to_the_invoice_to_the_cent_and_never_to_more(int seed)
    {
        await using var system = await Issued();
        var random = new Random(seed);
        var invoice = await Read(system, "INV-000001");
        for (var n = 0; Creditable.Of(invoice).TotalLeft > 0; n++)
        {
            var left = Creditable.Of(invoice);
            var line = invoice.Lines[random.Next(invoice.Lines.Count)].N;
            var isByLine = random.Next(2) == 0 && left.OfLine(line) > 0;
            var most = isByLine ? left.OfLine(line) : left.TotalLeft;
            await Assert.ThrowsAsync<InvalidInputException>(() => isByLine ? Credit(system, lines: [new(line, (most + 1) / 100m)]) : Credit(system, amount: (most + 1) / 100m));
            var part = n > 6 ? most : random.NextInt64(1, most + 1);
            await (isByLine ? Credit(system, lines: [new(line, part / 100m)]) : Credit(system, amount: part / 100m));
            invoice = await Read(system, "INV-000001");
            Assert.InRange(Creditable.Of(invoice).TotalLeft, 0, left.TotalLeft - 1);
        }

        Assert.Equal((-invoice.Subtotal, -invoice.Tax, -invoice.Total),
            (invoice.CreditNotes.Sum(note => note.Subtotal), invoice.CreditNotes.Sum(note => note.Tax), invoice.CreditNotes.Sum(note => note.Total)));
        Assert.All(invoice.CreditNotes, note => Assert.InRange(note.Tax, note.Total, 0));
        Assert.Equal(InvoiceStatus.Paid, invoice.Status);
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task A_line_is_worth_what_discounts_and_promotional_credits_left_of_it()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("30", key: "a"), Fee("10", key: "b")], terms: s_sent);
        await system.Get<CreditWriter>().Grant(Actor.System, customer.Key, new CreditTerms(20, CreditKind.Promotional, 50, null, [], null), CancellationToken.None);
        await system.WalkTo("2026-04-01T01:00:00Z");
        var left = Creditable.Of(await Read(system, "INV-000001"));
        Assert.Equal((2_000L, 1_500L, 500L), (left.TotalLeft, left.OfLine(1), left.OfLine(2)));
        Assert.Equal(0, left.OfLine(7));
    }

    [Fact]
    public async Task What_was_paid_by_card_goes_back_to_it_once()
    {
        await using var system = await Paid();
        var note = await Credit(system, amount: 4.60m, settlement: NoteSettlement.Refund);

        Assert.Equal((-460L, 0L, InvoiceStatus.Paid), (note.Total, note.Due, note.Status));
        await MustHaveRefunded(system, 460);
        Assert.Equal(0, (await Read(system, "INV-000001")).Due);
        await system.WalkTo("2026-04-02T00:00:00Z");
        Assert.Contains(system.Mails, mail => mail.Subject == "Refund of $4.60 for invoice INV-000001");
        Assert.Equal("not_refundable", (await Assert.ThrowsAsync<Refusal>(() => system.Get<RefundWriter>().GiveBack(Actor.System, "INV-000001", new RefundTerms(99, null), CancellationToken.None))).Code);
        await Credit(system, settlement: NoteSettlement.Refund);
        await MustHaveRefunded(system, 10_000);
    }

    [Fact]
    public async Task What_was_paid_becomes_credits_that_pay_the_next_invoice()
    {
        await using var system = await Paid();
        var note = await Credit(system, amount: 30, settlement: NoteSettlement.Credits);
        Assert.Equal((0L, InvoiceStatus.Paid), (note.Due, note.Status));
        await StandingRules.Hold(system);

        await system.WalkTo("2026-05-01T01:00:00Z");
        var next = await Read(system, "INV-000002");
        Assert.Equal((10_000L, 3_000L, 0L), (next.Total, next.Prepaid, next.Due));
        await using var db = system.Database.CreateDbContext();
        Assert.Equal([10_000L, 7_000L], await db.Set<SandboxCharge>().OrderBy(charge => charge.CreatedAt).Select(charge => charge.Amount).ToListAsync());
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task What_is_left_of_a_note_is_taken_off_the_next_invoice()
    {
        await using var system = await Paid();
        Assert.Equal(-2_500, (await Credit(system, amount: 25)).Due);
        await system.WalkTo("2026-05-01T01:00:00Z");

        Assert.Equal((10_000L, 0L), ((await Read(system, "INV-000002")).Total, (await Read(system, "INV-000002")).Due));
        Assert.Equal((0L, InvoiceStatus.Paid), ((await Read(system, "CN-000001")).Due, (await Read(system, "CN-000001")).Status));
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task An_invoice_that_was_written_off_or_could_not_be_collected_is_settled_by_a_note()
    {
        await using var system = await Issued();
        await system.Get<InvoiceWriter>().WriteOff(Actor.System, "INV-000001", CancellationToken.None);
        await Credit(system, amount: 1);
        await StandingRules.Hold(system);
        await Credit(system);
        Assert.Equal(InvoiceStatus.Paid, (await Read(system, "INV-000001")).Status);
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task T46_late_usage_a_correction_and_a_back_dated_price_leave_the_issued_invoice_as_it_is()
    {
        await using var system = await Issued();
        var customer = (await Read(system, "INV-000001")).Customer;
        var before = await Hash(system);

        await system.Use(customer, 100, "2026-03-30T00:00:00Z");
        await using (var db = system.Database.CreateDbContext())
        {
            var card = await db.RateCards.Include(found => found.Versions).SingleAsync(found => found.Key == customer.Key);
            card.Versions.Add(Version(2, Instant("2026-03-15T00:00:00Z"), "EUR", [PerToken("0.02")], s_sent));
            await system.Get<Register>().Save(db, () => RegisterChange.Everything, CancellationToken.None);
        }

        await Credit(system, lines: [new(1, 2.00m)], reason: "Goodwill.");
        await system.WalkTo("2026-05-01T01:00:00Z");

        Assert.Equal(before, await Hash(system));
        var next = await Read(system, "INV-000002");
        Assert.Contains(next.Lines, line => line is { Kind: LineKind.LateUsage, Quantity: 100, Amount: 200 });
        Assert.Equal("INV-000001", (await Read(system, "CN-000001")).Corrects!.Number);
        await StandingRules.Hold(system);
    }

    /// <summary>An invoice over 10.05 and 1.91 tax, sent.</summary>
    private static async Task<BillingSystem> Issued()
    {
        var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("0.01"), Fee("5")], currency: "EUR", terms: s_sent);
        await using (var db = system.Database.CreateDbContext())
        {
            await db.Customers.ExecuteUpdateAsync(all => all.SetProperty(one => one.Country, "DE"));
        }

        await system.Get<CompanyWriter>().Put(Actor.System, new CompanyDetails("Atlas") { Address = new PostalAddress(Country: "DE"), TaxId = "DE123456789" }, CancellationToken.None);
        await system.Get<TaxRateWriter>().Put(Actor.System, [new TaxRate { Country = "DE", Name = "VAT", Percent = 19 }], CancellationToken.None);
        await system.Get<Register>().Apply(RegisterChange.Everything, CancellationToken.None);
        await system.Use(customer, 505);
        await system.WalkTo("2026-04-01T01:00:00Z");
        return system;
    }

    /// <summary>An invoice over 100, paid by card.</summary>
    private static async Task<BillingSystem> Paid()
    {
        var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")]);
        await system.Get<PaymentWriter>().Save(Actor.System, customer.Key, "4242424242424242", MethodUse.Default, CancellationToken.None);
        await system.WalkTo("2026-04-01T01:00:00Z");
        return system;
    }

    private static Task<Invoice> Credit(
        BillingSystem system, string invoice = "INV-000001", decimal? amount = null, IReadOnlyList<LineCredit>? lines = null, string? reason = null,
        NoteSettlement settlement = NoteSettlement.Offset) =>
        system.Get<CreditNoteWriter>().Write(Actor.System, invoice, new CreditNoteOrder(amount, lines ?? [], reason, settlement), CancellationToken.None);

    private static Task<Invoice> Read(BillingSystem system, string number) => system.Get<InvoiceReader>().Find(Actor.System, number, CancellationToken.None);

    private static async Task<string> Hash(BillingSystem system)
    {
        var invoice = await Read(system, "INV-000001");
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(InvoiceDocument.Html(invoice, invoice.Parties!))));
    }

    private static async Task MustHaveRefunded(BillingSystem system, long amount)
    {
        await using var db = system.Database.CreateDbContext();
        Assert.Equal(amount, await db.Set<SandboxRefund>().SumAsync(refund => refund.Amount));
        Assert.Equal(amount, await db.Refunds.Where(refund => refund.State == AttemptState.Succeeded).SumAsync(refund => refund.Amount));
        await StandingRules.Hold(system);
    }
}
