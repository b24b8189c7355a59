using Microsoft.EntityFrameworkCore;
using Portal.Domain.Invoicing;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>What cannot be billed waits by itself: those that are billed in the same transaction are not held up by it.</summary>
public sealed class StandAsideTests
{
    [Theory]
    [InlineData("customer_id <> ODD", InvoiceStatus.Draft, "cannot be closed")]
    [InlineData("customer_id <> ODD OR number IS NULL", InvoiceStatus.Finalized, "cannot be issued")]
    public async Task One_that_cannot_be_stored_waits_with_an_alarm_and_the_others_of_its_transaction_are_billed(string rule, InvoiceStatus others, string title)
    {
        await using var system = await Start("2026-03-01T00:00:00Z");
        var customers = await system.SubscribeMany(5, Fee("5"));
        var odd = customers[2];
        await Execute(system, $"ALTER TABLE invoices ADD CONSTRAINT odd CHECK ({rule.Replace("ODD", $"{odd.Id}", StringComparison.Ordinal)})");
        system.MoveTo("2026-04-01T01:00:00Z");

        var closed = await system.Get<InvoiceRun>().Run(CancellationToken.None);
        var outcome = others == InvoiceStatus.Draft ? closed : await system.Get<FinalizeRun>().Run(CancellationToken.None);

        Assert.Equal(4, outcome.Done);
        Assert.Contains($"Customer '{odd.Key}'", Assert.Single(outcome.Failures), StringComparison.Ordinal);
        await using var db = system.Database.CreateDbContext();
        Assert.Equal(4, await db.Invoices.CountAsync(invoice => invoice.CustomerId != odd.Id && invoice.Status == others));
        var alarm = await db.Alarms.SingleAsync();
        Assert.Equal(($"billing.failed:{odd.Key}", odd.Id), (alarm.Key, alarm.CustomerId));
        Assert.Contains(title, alarm.Title, StringComparison.Ordinal);

        // It is left alone for six hours, and then goes on where it stopped.
        Assert.Equal(0, (await system.Get<InvoiceRun>().Run(CancellationToken.None)).Done);
        await Execute(system, "ALTER TABLE invoices DROP CONSTRAINT odd");
        await system.WalkTo("2026-04-01T09:00:00Z");
        Assert.Equal(5, await db.Invoices.AsNoTracking().CountAsync(invoice => invoice.Status == InvoiceStatus.Finalized));
        await StandingRules.Hold(system);
    }

    private static async Task Execute(BillingSystem system, string sql)
    {
        await using var command = system.Database.Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    [Fact]
    public async Task Usage_that_came_while_the_draft_was_made_or_after_is_told_from_what_is_on_the_invoice()
    {
        await using var system = await Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1")]);
        await system.Use(customer, 3);
        await system.WalkTo("2026-04-01T02:00:00Z");
        await system.Use(customer, 4);
        Assert.Equal((Instant("2026-04-01T00:00:00Z"), false), await Closed());

        await system.Use(customer, 5, "2026-03-31T23:59:59Z");
        Assert.Equal((Instant("2026-04-01T00:00:00Z"), true), await Closed());

        // The next invoice holds it, and so is the last that has to look.
        await system.WalkTo("2026-05-01T02:00:00Z");
        Assert.Equal([300L, 900L], (await system.Invoices(customer)).Select(invoice => invoice.Total));
        Assert.Equal((Instant("2026-05-01T00:00:00Z"), false), await Closed());

        async Task<(DateTimeOffset? Until, bool IsLate)> Closed()
        {
            await using var db = system.Database.CreateDbContext();
            var row = await db.Customers.SingleAsync(found => found.Id == customer.Id);
            return (row.ClosedUntil, (await system.Invoices(customer))[^1].UsageVersion < row.LateVersion);
        }
    }
}
