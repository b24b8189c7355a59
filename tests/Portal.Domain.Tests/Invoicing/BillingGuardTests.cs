using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>Billing that looks wrong waits for a person, and nobody else's does.</summary>
public sealed class BillingGuardTests
{
    private static readonly SafetyBounds s_bounds = new(15, 10, 1_000);

    [Theory]
    [InlineData(100_001, 5, true)]
    [InlineData(100_000, 5, false)]
    [InlineData(100_001, 4, false)]
    public void An_invoice_is_compared_above_the_floor_from_the_sixth_on(long total, int before, bool isFarAbove) =>
        Assert.Equal(isFarAbove, s_bounds.IsFarAbove(new Money(total, Currency.Of("USD")), [.. Enumerable.Repeat(10_000L, before)], out _));

    [Theory]
    [InlineData(new long[] { 1, 2, 50_000, 90_000, 90_001 }, 50_000)]
    [InlineData(new long[] { 10_000, 20_000, 90_000, 5, 6, 30_000 }, 15_000)]
    public void The_median_is_the_middle_or_the_mean_of_two(long[] earlier, long median)
    {
        Assert.False(s_bounds.IsFarAbove(new Money(10 * median, Currency.Of("USD")), earlier, out var found));

        Assert.Equal(median, found.Minor);
        Assert.True(s_bounds.IsFarAbove(new Money(10 * median + 1, Currency.Of("USD")), earlier, out _));
    }

    [Fact]
    public async Task Billing_that_a_person_holds_waits_until_it_is_released_and_is_held_once()
    {
        await using var system = await Start("2026-03-01T00:00:00Z");
        var (held, other) = (await system.Subscribe([Fee("5")]), await system.Subscribe([Fee("5")]));
        var guard = system.Get<BillingGuard>();
        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => Record.ExceptionAsync(() => guard.Hold(Actor.System, held.Key, " Looks doubled. ", default)))));
        Assert.Equal("already_parked", Assert.IsType<Refusal>(Assert.Single(both, exception => exception is not null)).Code);
        await Assert.ThrowsAsync<InvalidInputException>(() => guard.Hold(Actor.System, other.Key, "", default));

        await system.WalkTo("2026-04-02T00:00:00Z");
        Assert.Equal(InvoiceStatus.Draft, Assert.Single(await system.Invoices(held)).Status);
        Assert.Equal(InvoiceStatus.Finalized, Assert.Single(await system.Invoices(other)).Status);
        Assert.EndsWith(": Looks doubled.", (await guard.Find(Actor.System, held.Key, default))!.Reason, StringComparison.Ordinal);

        await guard.Release(Actor.System, held.Key, default);
        await system.WalkTo("2026-04-02T01:00:00Z");
        Assert.Equal(InvoiceStatus.Finalized, Assert.Single(await system.Invoices(held)).Status);
        await using var db = system.Database.CreateDbContext();
        Assert.Equal(["billing.held", "billing.released"], await db.AuditEntries.Where(entry => entry.Action.StartsWith("billing.")).OrderBy(entry => entry.Id).Select(entry => entry.Action).ToListAsync());
    }

    [Fact]
    public async Task An_invoice_far_above_what_is_usual_waits_until_it_is_released_and_nobody_else_waits()
    {
        await using var system = await Start("2026-01-01T00:00:00Z");
        var (odd, even) = (await system.Subscribe([PerToken("1")]), await system.Subscribe([PerToken("1")]));
        for (var month = 2; month <= 6; month++)
        {
            await system.Use(odd, 100);
            await system.WalkTo($"2026-{month:00}-01T02:00:00Z");
        }

        await system.Use(odd, 1_001);
        await system.Use(even, 1_001);
        await system.WalkTo("2026-07-01T02:00:00Z");

        Assert.Equal(InvoiceStatus.Draft, (await system.Invoices(odd))[^1].Status);
        Assert.Equal(InvoiceStatus.Finalized, (await system.Invoices(even))[^1].Status);
        var guard = system.Get<BillingGuard>();
        var park = await guard.Find(Actor.System, odd.Key, CancellationToken.None);
        Assert.Contains("more than 10 times the", park!.Reason, StringComparison.Ordinal);
        await using (var db = system.Database.CreateDbContext())
        {
            Assert.Equal(odd.Id, (await db.Alarms.SingleAsync(alarm => alarm.Key == $"billing.parked:{odd.Key}")).CustomerId);
        }

        // Metering and spend go on meanwhile.
        await system.Use(odd, 5);
        Assert.Equal(5m, (await system.Spend(odd)).Usage.Amount);
        await system.WalkTo("2026-07-02T00:00:00Z");
        Assert.Equal(InvoiceStatus.Draft, (await system.Invoices(odd))[^1].Status);

        await guard.Release(Actor.System, odd.Key, CancellationToken.None);
        await system.WalkTo("2026-07-02T00:01:00Z");
        Assert.Equal(100_100, (await system.Invoices(odd))[^1].Total);
        Assert.Equal(InvoiceStatus.Finalized, (await system.Invoices(odd))[^1].Status);
        Assert.Null(await guard.Find(Actor.System, odd.Key, CancellationToken.None));
    }

    [Theory]
    [InlineData(14, InvoiceStatus.Finalized)]
    [InlineData(15, InvoiceStatus.Draft)]
    public async Task More_than_fifteen_invoices_in_a_day_wait(int before, InvoiceStatus status)
    {
        await using var system = await Start("2026-01-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1")]);
        await system.Use(customer, 3);
        await Issue(system, customer, before, "2026-01-31T12:00:00Z");

        await system.WalkTo("2026-02-01T02:00:00Z");

        Assert.Equal(status, (await system.Invoices(customer)).Single(invoice => invoice.Kind == InvoiceKind.Period).Status);
    }

    // Invoices of another day's making, such as a fault would make.
    private static async Task Issue(BillingSystem system, Customer customer, int count, string at)
    {
        await using var db = system.Database.CreateDbContext();
        db.Invoices.AddRange(Enumerable.Range(0, count).Select(n => new Invoice
        {
            Number = $"INV-90{n:0000}", Kind = InvoiceKind.OneOff, Status = InvoiceStatus.Paid, CustomerId = customer.Id, Cut = n, Currency = "USD",
            PeriodStart = Instant(at), PeriodEnd = Instant(at), UsageVersion = 0, Subtotal = 0, Total = 0, DraftedAt = Instant(at), FinalizeAt = Instant(at),
            IssuedAt = Instant(at), DueAt = Instant(at), Collection = "send", NetDays = 14,
        }));
        await db.SaveChangesAsync();
    }
}
