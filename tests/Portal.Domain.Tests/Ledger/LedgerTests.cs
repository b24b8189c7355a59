using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Ledger;
using Portal.Domain.Tests.Invoicing;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Ledger;

/// <summary>What is booked when, that it stays, and that the proof finds what is missing.</summary>
public sealed class LedgerTests
{
    [Fact]
    public async Task Invoice_part_payment_write_off_and_late_money_are_booked_and_the_books_agree_after_each()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")], terms: new BillingTerms(null, BillingTerms.Send, 14));
        await system.WalkTo("2026-04-01T01:00:00Z");
        await StandingRules.Hold(system);
        await Pay(system, 30);
        await StandingRules.Hold(system);
        await system.WalkTo("2026-04-25T00:00:00Z");
        Assert.NotNull(Known(system, customer).RestrictedAt);

        var written = await system.Get<InvoiceWriter>().WriteOff(Actor.System, "INV-000001", CancellationToken.None);
        Assert.Equal((InvoiceStatus.Uncollectible, 7_000L), (written.Status, written.Due));
        Assert.Null(Known(system, customer).RestrictedAt);
        await StandingRules.Hold(system);
        await Pay(system, 70);
        await StandingRules.Hold(system);

        var entries = await system.Get<LedgerReader>().List(Actor.System, new LedgerQuery(customer.Key, "INV-000001", null, 10), CancellationToken.None);
        Assert.Equal(
            [
                "InvoiceIssued Receivable Revenue 10000", "PaymentReceived Cash Receivable 3000", "WrittenOff BadDebt Receivable 7000",
                "PaymentReceived Cash Receivable 7000", "WriteOffReversed Receivable BadDebt 7000",
            ],
            entries.OrderBy(entry => entry.Id).Select(entry => $"{entry.Fact} {entry.Debit} {entry.Credit} {entry.Amount}"));
        var balances = await system.Get<LedgerReader>().Balances(Actor.System, new LedgerQuery(null, null, null, 0), CancellationToken.None);
        Assert.Equal(
            [(LedgerAccount.Receivable, 0L), (LedgerAccount.Cash, 10_000L), (LedgerAccount.Revenue, -10_000L), (LedgerAccount.BadDebt, 0L)],
            balances.Select(balance => (balance.Account, balance.Balance.Minor)));
    }

    [Fact]
    public async Task A_credit_note_is_booked_the_other_way_round_and_settling_with_it_books_nothing()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1")]);
        var taken = await system.Use(customer, 100);
        await system.WalkTo("2026-04-01T01:00:00Z");
        await system.Get<Portal.Domain.Metering.VoidWriter>().Void(Actor.System, customer.Key, taken, "A loop.", CancellationToken.None);
        await system.Use(customer, 30);
        await system.WalkTo("2026-05-01T01:00:00Z");

        var entries = await system.Get<LedgerReader>().List(Actor.System, new LedgerQuery(customer.Key, null, null, 10), CancellationToken.None);
        Assert.Equal(["Revenue Receivable 7000 CN-000001", "Receivable Revenue 10000 INV-000001"], entries.Select(entry => $"{entry.Debit} {entry.Credit} {entry.Amount} {entry.Document}"));
        await StandingRules.Hold(system);
    }

    [Theory]
    [InlineData("UPDATE ledger_entries SET amount = amount + 1")]
    [InlineData("DELETE FROM ledger_entries")]
    [InlineData("TRUNCATE ledger_entries")]
    public async Task The_database_refuses_to_change_the_journal(string statement)
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        await system.Subscribe([Fee("100")]);
        await system.WalkTo("2026-04-01T01:00:00Z");

        await using var command = system.Database.Source.CreateCommand(statement);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
        Assert.Contains("only added to", refused.MessageText, StringComparison.Ordinal);
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task A_fact_without_its_entry_is_found_and_raises_an_alarm()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")]);
        await system.WalkTo("2026-04-01T01:00:00Z");
        Assert.Empty((await system.Get<LedgerRun>().Run(CancellationToken.None)).Failures);

        await using var db = system.Database.CreateDbContext();
        await db.Invoices.ExecuteUpdateAsync(invoices => invoices.SetProperty(invoice => invoice.Total, 9_900));
        await db.Set<NumberSeries>().Where(series => series.Name == "INV").ExecuteUpdateAsync(series => series.SetProperty(one => one.Last, 2));
        var failures = (await system.Get<LedgerRun>().Run(CancellationToken.None)).Failures;

        Assert.Equal(
            [
                "Series INV: 2 numbers were given out, 1 stand on documents.",
                $"Customer '{customer.Key}': the books have 100.00 USD on Receivable, its documents come to 99.00 USD.",
                $"Customer '{customer.Key}': the books have -100.00 USD on Revenue, its documents come to -99.00 USD.",
            ],
            failures);
        Assert.Equal("ledger.differs", (await db.Alarms.SingleAsync()).Key);
    }

    private static Customer Known(BillingSystem system, Customer customer) => system.Get<Portal.Domain.Storage.Register>().Now.ById[customer.Id].Customer;

    private static Task<Invoice> Pay(BillingSystem system, decimal amount) =>
        system.Get<InvoiceWriter>().RecordPayment(Actor.System, "INV-000001", new ReceivedPayment(amount, null, null), CancellationToken.None);
}
