using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>What is billed by hand: once, on the next invoice or on one of its own, with tax and in the books.</summary>
public sealed class OneOffTests
{
    private static readonly BillingTerms s_send = new(null, BillingTerms.Send, 14);

    [Fact]
    public async Task A_line_stands_on_the_next_invoice_and_on_no_other_with_tax()
    {
        await using var system = await Start();
        var customer = await system.Subscribe([PerToken("1"), Fee("10", "advance")], currency: "EUR", terms: s_send);
        await Tax(system);
        await Add(system, customer, "Onboarding", 200);
        await Add(system, customer, "Goodwill", -50);
        await system.Use(customer, 30);
        await system.WalkTo("2026-03-02T00:00:00Z");
        var preview = await system.Get<InvoiceReader>().Preview(Actor.System, customer.Key, CancellationToken.None);
        await system.WalkTo("2026-05-01T01:00:00Z");

        var closing = (await system.Invoices(customer)).Where(invoice => invoice.Kind == InvoiceKind.Period).ToList();
        Assert.Equal([("Onboarding", 20_000L), ("Goodwill", -5_000L)], closing[0].Lines.Where(line => line.Kind == LineKind.OneOff).Select(line => (line.Description, line.Amount)));
        Assert.Equal((19_000L, 3_610L, 22_610L), (closing[0].Subtotal, closing[0].Tax, closing[0].Total));
        Assert.Equal((closing[0].Subtotal, closing[0].Total), (preview.Subtotal, preview.Total));
        Assert.DoesNotContain(closing.Skip(1).SelectMany(invoice => invoice.Lines), line => line.Kind == LineKind.OneOff);
        Assert.Empty(await system.Get<OneOffWriter>().Waiting(Actor.System, customer.Key, CancellationToken.None));
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task A_line_of_a_withdrawn_draft_waits_for_the_next_and_one_that_is_taken_back_is_billed_never()
    {
        await using var system = await Start();
        var customer = await system.Subscribe([Fee("10")], terms: s_send);
        await Add(system, customer, "Kept", 7);
        var gone = await Add(system, customer, "Taken back", 9);
        await system.Get<OneOffWriter>().Remove(Actor.System, customer.Key, gone.Id, CancellationToken.None);
        system.MoveTo("2026-04-01T00:30:00Z");
        await system.Get<InvoiceRun>().Run(CancellationToken.None);
        var draft = Assert.Single(await system.Invoices(customer));
        Assert.Equal(1_700, draft.Subtotal);
        await system.Get<InvoiceWriter>().Void(Actor.System, draft.Id.ToString(), CancellationToken.None);
        await system.WalkTo("2026-05-01T01:00:00Z");

        var issued = Assert.Single(await system.Invoices(customer), invoice => invoice.Number is not null);
        Assert.Equal(["fee", "Kept"], issued.Lines.Select(line => line.Description));
        Assert.Equal(RefusalKind.NotFound, (await Assert.ThrowsAsync<Refusal>(() => system.Get<OneOffWriter>().Remove(Actor.System, customer.Key, gone.Id, CancellationToken.None))).Kind);
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task An_invoice_of_its_own_is_issued_at_once_with_tax_and_owed()
    {
        await using var system = await Start();
        var customer = await system.Subscribe([Fee("10")], currency: "EUR", terms: s_send);
        await Tax(system);
        var invoice = await system.Get<OneOffWriter>().Bill(
            Actor.System, customer.Key, [new OneOffTerms("Workshop", 100), new OneOffTerms("Rebate", -20)], CancellationToken.None);
        Assert.Equal((InvoiceKind.OneOff, InvoiceStatus.Finalized, "INV-000001", 8_000L, 1_520L, 9_520L),
            (invoice.Kind, invoice.Status, invoice.Number, invoice.Subtotal, invoice.Tax, invoice.Due));
        await using var db = system.Database.CreateDbContext();
        Assert.Single(await db.AuditEntries.Where(entry => entry.Action == "invoice.finalized").ToListAsync());

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => system.Get<OneOffWriter>().Bill(Actor.System, customer.Key, [new OneOffTerms("Nothing", -1)], CancellationToken.None));
        Assert.Contains("come to nothing", refused.Message, StringComparison.Ordinal);
        await system.WalkTo("2026-04-01T01:00:00Z");
        Assert.Equal(1_000, (await system.Invoices(customer))[^1].Subtotal);
        await StandingRules.Hold(system);
    }

    private static Task<BillingSystem> Start() => BillingSystem.Start("2026-03-01T00:00:00Z");

    private static Task<OneOffLine> Add(BillingSystem system, Customer customer, string description, decimal amount) =>
        system.Get<OneOffWriter>().Add(Actor.System, customer.Key, new OneOffTerms(description, amount), CancellationToken.None);

    private static async Task Tax(BillingSystem system)
    {
        await system.Get<TaxRateWriter>().Put(Actor.System, [new TaxRate { Country = "DE", Name = "VAT", Percent = 19 }], CancellationToken.None);
        await using var db = system.Database.CreateDbContext();
        await db.Customers.ExecuteUpdateAsync(all => all.SetProperty(one => one.Country, "DE"));
        await system.Get<Register>().Apply(RegisterChange.Everything, CancellationToken.None);
    }
}
