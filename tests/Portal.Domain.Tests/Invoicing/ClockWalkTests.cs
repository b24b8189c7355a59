using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

public sealed class ClockWalkTests
{
    private static readonly string[] s_zones =
        ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Kiritimati", "UTC"];

    [Fact]
    public async Task Periods_of_every_anchor_and_zone_tile_over_a_leap_day_and_changes_of_the_clocks()
    {
        await using var system = await BillingSystem.Start("2024-01-31T12:00:00Z");
        var customers = new List<Customer>();
        foreach (var zone in s_zones)
        {
            foreach (var anchor in Enumerable.Range(28, 4))
            {
                customers.Add(await system.Subscribe([Fee("10"), PerToken("1")], zone: zone, anchorDay: anchor));
            }
        }

        await system.WalkTo("2024-05-01T12:00:00Z");
        await StandingRules.Hold(system);
        foreach (var customer in customers)
        {
            var invoices = await system.Invoices(customer);
            Assert.InRange(invoices.Count(invoice => invoice.Number is not null), 2, 4);
            Assert.All(invoices, invoice => Assert.Equal(TimeSpan.Zero, LocalTimeOfDay(customer, invoice.PeriodEnd)));
            Assert.All(invoices.Where(invoice => invoice.Number is not null), invoice => Assert.Equal(invoice.PeriodEnd + InvoiceRun.Grace, invoice.IssuedAt));
        }
    }

    [Fact]
    public void Periods_of_every_anchor_and_zone_tile_from_2024_to_2028()
    {
        var end = Instant("2028-03-31T00:00:00Z");
        foreach (var zone in s_zones.Select(zone => TimeZones.Find(zone)!))
        {
            foreach (var anchor in Enumerable.Range(28, 4))
            {
                var calendar = new BillingCalendar(Instant("2024-01-10T07:00:00Z"), anchor, BillingInterval.Month, zone);
                var reached = calendar.First.Start;
                for (var period = calendar.First; reached < end; period = calendar.PeriodAfter(period))
                {
                    Assert.Equal(reached, period.Start);
                    Assert.Equal(period, calendar.PeriodAt(period.Start));
                    Assert.Equal(period, calendar.PeriodAt(period.End.AddTicks(-1)));
                    reached = period.End;
                    var date = zone.DateAt(reached);
                    Assert.Equal(Math.Min(anchor, DateTime.DaysInMonth(date.Year, date.Month)), date.Day);
                }
            }
        }
    }

    [Fact]
    public async Task Everything_due_on_the_way_runs_at_its_own_instant_and_in_order()
    {
        await using var system = await BillingSystem.Start("2026-01-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("10", "advance")]);
        await system.WalkTo("2026-04-02T00:00:00Z");

        var invoices = await system.Invoices(customer);
        Assert.Equal(
            [Instant("2026-01-01T00:00:00Z"), Instant("2026-02-01T01:00:00Z"), Instant("2026-03-01T01:00:00Z"), Instant("2026-04-01T01:00:00Z")],
            invoices.Select(invoice => invoice.IssuedAt!.Value));
        Assert.Equal(Instant("2026-01-15T00:00:00Z"), invoices[0].OverdueNoticeAt);
        await using var db = system.Database.CreateDbContext();
        Assert.Equal(Instant("2026-01-18T00:00:00Z"), (await db.Customers.SingleAsync()).RestrictedAt);
        Assert.Equal(
            (await db.Outbox.OrderBy(mail => mail.Id).Select(mail => mail.CreatedAt).ToListAsync()).Order(),
            await db.Outbox.OrderBy(mail => mail.Id).Select(mail => mail.CreatedAt).ToListAsync());
        Assert.Equal(await db.Outbox.CountAsync(), system.Mails.Count);
    }

    [Fact]
    public async Task The_clock_never_goes_back()
    {
        await using var system = await BillingSystem.Start("2026-01-01T00:00:00Z");
        await system.WalkTo("2026-02-01T00:00:00Z");

        var refusal = await Assert.ThrowsAsync<Refusal>(() => system.WalkTo("2026-01-31T23:59:59Z"));
        Assert.Equal((RefusalKind.Conflict, "clock_backward"), (refusal.Kind, refusal.Code));
        Assert.Equal(Instant("2026-02-01T00:00:00Z"), system.Clock.GetUtcNow());
    }

    [Fact]
    public async Task Events_that_come_in_while_the_clock_walks_are_all_billed_once()
    {
        await using var system = await BillingSystem.Start("2026-01-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1")]);
        using var stop = new CancellationTokenSource();
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await system.Use(customer, 1);
                sent++;
            }
        });
        await system.WalkTo("2026-04-10T00:00:00Z");
        await stop.CancelAsync();
        await sending;
        await system.WalkTo("2026-06-01T02:00:00Z");

        Assert.True(sent > 0);
        var lines = (await system.Invoices(customer)).SelectMany(invoice => invoice.Lines);
        Assert.Equal(sent, lines.Sum(line => line.Quantity));
        await StandingRules.Hold(system);
    }

    private static TimeSpan LocalTimeOfDay(Customer customer, DateTimeOffset instant)
    {
        var zone = TimeZones.Find(customer.TimeZone)!;
        return instant - zone.StartOf(zone.DateAt(instant));
    }
}
