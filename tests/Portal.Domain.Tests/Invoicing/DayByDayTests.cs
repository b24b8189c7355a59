using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Tests.Values;
using Portal.Domain.Values;
using Portal.Tests.Shared;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>T-65: customers of six zones and all late anchor days, day by day through leap days and changes of the clocks; every day's books are proven.</summary>
public sealed class DayByDayTests
{
    private static readonly DateOnly s_first = new(2024, 1, 28);

    /// <summary>With 29 February 2024, and the clocks of New York, Berlin and Lord Howe.</summary>
    [Fact]
    public Task Periods_tile_and_books_balance_on_every_day_of_a_leap_spring() => Walk(new DateOnly(2024, 4, 10));

    [LongFact]
    public Task Periods_tile_and_books_balance_on_every_day_of_four_years() => Walk(new DateOnly(2028, 3, 31));

    private static async Task Walk(DateOnly until)
    {
        await using var system = await BillingSystem.Start("2024-01-26T12:00:00Z");
        var accounts = new List<Account>();
        foreach (var zone in PocketCalendar.Zones)
        {
            accounts.AddRange(await Accounts(system, zone, until));
        }

        for (var day = s_first; day <= until; day = day.AddDays(1))
        {
            foreach (var zone in accounts.Where(account => IsClose(account, day)).GroupBy(account => account.Zone).OrderBy(zone => PocketCalendar.Midnight(zone.Key, day)))
            {
                // The last second of a day and the first of the next, while drafts still wait for what comes late.
                var midnight = PocketCalendar.Midnight(zone.Key, day);
                await WalkTo(system, midnight.AddMinutes(30));
                await Task.WhenAll(zone.SelectMany(account => new[] { account.Use(system, midnight.AddSeconds(-1), 2), account.Use(system, midnight, 3) }));
            }

            // By now this day has begun for everyone, and what ended with the day before is issued.
            var now = new DateTimeOffset(day.ToDateTime(new TimeOnly(6, 30)), TimeSpan.Zero);
            await WalkTo(system, now);
            await Task.WhenAll(accounts.Select(account => account.Use(system, now, 1)));
            await Books.MustAgree(system.Database);
            await PeriodsTile(system, accounts, now);
        }

        await StandingRules.Hold(system);
        foreach (var account in accounts)
        {
            account.Check(await system.Invoices(account.Customer));
        }
    }

    // The days around which something could be put on the wrong side: the ends of months, with those of weeks among them, and changes of the clocks.
    private static bool IsClose(Account account, DateOnly day) =>
        day.Day >= 28
        || PocketCalendar.Length(account.Zone, day) != TimeSpan.FromHours(24) || PocketCalendar.Length(account.Zone, day.AddDays(-1)) != TimeSpan.FromHours(24);

    private static Task<DateTimeOffset> WalkTo(BillingSystem system, DateTimeOffset instant) => system.Get<ClockWalk>().To(Actor.System, instant, CancellationToken.None);

    /// <summary>One by the month for each anchor day, with fees by the quarter and year, and one by the week. Every other one is charged, the rest never pays.</summary>
    private static async Task<List<Account>> Accounts(BillingSystem system, string zone, DateOnly until)
    {
        var accounts = new List<Account>();
        foreach (var anchor in Enumerable.Range(28, 4))
        {
            var first = new DateOnly(2024, 1, anchor);
            var customer = await system.Subscribe(
                [
                    Fee("20"), Fee("90", "arrears", "quarterly") with { Interval = BillingInterval.Quarter },
                    Fee("365", "advance", "yearly") with { Interval = BillingInterval.Year }, PerToken("0.5", included: 10),
                ],
                $"{PocketCalendar.Midnight(zone, first):O}", zone, anchorDay: anchor, terms: new BillingTerms(null, anchor % 2 == 0 ? BillingTerms.Charge : BillingTerms.Send, 14));
            if (anchor % 2 == 0)
            {
                await ThresholdRules.Save(system, customer);
            }

            accounts.Add(new Account(customer, zone, [.. PocketCalendar.Days(first, anchor, 1, until.AddMonths(1))], 3, 12));
        }

        var thursday = new DateOnly(2024, 2, 1);
        var weekly = await system.Subscribe(
            [Fee("7"), PerToken("0.5", included: 10)], $"{PocketCalendar.Midnight(zone, thursday):O}", zone, anchorDay: 4, interval: BillingInterval.Week);
        accounts.Add(new Account(weekly, zone, [.. Enumerable.Range(0, ((until.DayNumber - thursday.DayNumber) / 7) + 2).Select(n => thursday.AddDays(7 * n))], null, null));
        return accounts;
    }

    private static async Task PeriodsTile(BillingSystem system, List<Account> accounts, DateTimeOffset now)
    {
        await using var db = system.Database.CreateDbContext();
        var closed = (await db.Invoices.AsNoTracking().Where(invoice => invoice.Kind == InvoiceKind.Period)
            .OrderBy(invoice => invoice.PeriodStart).Select(invoice => new { invoice.CustomerId, invoice.PeriodStart, invoice.PeriodEnd }).ToListAsync())
            .ToLookup(invoice => invoice.CustomerId, invoice => new Period(invoice.PeriodStart, invoice.PeriodEnd));
        foreach (var account in accounts)
        {
            Assert.Equal(account.Periods.Where(period => period.End <= now), closed[account.Customer.Id]);
        }
    }

    /// <summary>A customer, and what it must come to, counted by hand.</summary>
    private sealed class Account(Customer customer, string zone, List<DateOnly> begins, int? perQuarter, int? perYear)
    {
        private readonly List<(DateTimeOffset At, int Tokens)> _used = [];

        public Customer Customer => customer;

        public string Zone => zone;

        public IReadOnlyList<Period> Periods { get; } =
            [.. begins.Zip(begins.Skip(1), (first, next) => new Period(PocketCalendar.Midnight(zone, first), PocketCalendar.Midnight(zone, next)))];

        public async Task Use(BillingSystem system, DateTimeOffset at, int tokens)
        {
            if (at >= Periods[0].Start)
            {
                _used.Add((at, tokens));
                await system.Use(customer, tokens, $"{at:O}");
            }
        }

        public void Check(List<Invoice> invoices)
        {
            var closed = invoices.Where(invoice => invoice.Kind == InvoiceKind.Period && invoice.Number is not null).ToList();
            foreach (var (n, invoice) in closed.Index())
            {
                var used = _used.Where(use => Periods[n].Contains(use.At)).Sum(use => use.Tokens);
                var metered = invoice.Lines.Where(line => line.MeterKey is not null).ToList();
                Assert.Equal((used, Math.Max(0, used - 10) * 50L), (metered.Sum(line => line.Quantity), metered.Sum(line => line.Amount)));
                Assert.Equal(perQuarter is null ? 700 : 2_000, invoice.Lines.Where(line => line.PriceKey == "fee").Sum(line => line.Amount));

                // It carries the date of the day on which its period ended, as the customer counts days.
                Assert.True(new Period(PocketCalendar.Midnight(zone, begins[n + 1]), PocketCalendar.Midnight(zone, begins[n + 1].AddDays(1))).Contains(invoice.IssuedAt!.Value));
            }

            Assert.NotEmpty(closed);
            var lines = invoices.SelectMany(invoice => invoice.Lines).ToLookup(line => line.PriceKey, line => line.Amount);
            Assert.Equal(perQuarter is { } quarter ? Enumerable.Repeat(9_000L, closed.Count / quarter) : [], lines["quarterly"]);
            Assert.Equal(perYear is { } year ? Enumerable.Repeat(36_500L, 1 + (closed.Count / year)) : [], lines["yearly"]);
        }
    }
}
