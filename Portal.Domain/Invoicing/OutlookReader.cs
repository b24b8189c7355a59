using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Portal.Domain.Catalog;
using Portal.Domain.Forecasting;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using Period = Portal.Domain.Values.Period;

namespace Portal.Domain.Invoicing;

/// <summary>Reads the daily usage that a forecast rests on, and makes the outlook of it. What is long past is remembered for a while: a page asks often.</summary>
public sealed class OutlookReader(UsageReader usage, Register register, IDbContextFactory<PortalDb> databases, TimeProvider machine)
{
    // Twelve own months and the eight weeks before the first of them.
    private const int DaysBack = 430;

    // What the estimate itself looks at.
    private const int RecentDays = 60;
    private const int SharesOfDays = 28;
    private const int PoolMost = 2_000;
    private static readonly TimeSpan s_olderKept = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_recentKept = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<int, Kept> _kept = new();

    /// <summary>The outlook of a customer's running period by the days that are over; null where nothing was used before today.</summary>
    internal async Task<(Outlook Outlook, IReadOnlyList<DayUsage> Days)?> Of(
        CustomerEntry entry, Subscription subscription, Period period, DateTimeOffset now, CancellationToken cancellation)
    {
        var zone = TimeZones.Find(entry.Customer.TimeZone)!;
        var (start, today) = (zone.DateAt(period.Start), zone.DateAt(now));
        var kept = _kept.GetValueOrDefault(entry.Customer.Id);
        if (kept is null || kept.Today != today || kept.Period != period || machine.GetElapsedTime(kept.OlderAt) > s_olderKept)
        {
            var recentFrom = LocalDate.Min(start, today.PlusDays(-RecentDays));
            kept = new Kept(today, period, machine.GetTimestamp(), await Read(entry, zone, today.PlusDays(-DaysBack), recentFrom, cancellation), recentFrom);
            _kept[entry.Customer.Id] = kept;
        }

        if (kept.Recent is null || machine.GetElapsedTime(kept.RecentAt) > s_recentKept)
        {
            var recent = await Read(entry, zone, kept.RecentFrom, today, cancellation);
            var outlook = await Make(kept.Older, recent, subscription.Interval, period, zone, today, cancellation);
            kept = kept with { Recent = recent, Outlook = outlook, RecentAt = machine.GetTimestamp() };
            _kept[entry.Customer.Id] = kept;
        }

        return kept.Outlook is null ? null : (kept.Outlook, [.. kept.Recent!.Where(day => day.Day >= start)]);
    }

    private async Task<List<DayUsage>> Read(CustomerEntry entry, DateTimeZone zone, LocalDate from, LocalDate to, CancellationToken cancellation)
    {
        var meters = register.Now.Meters.Where(meter => meter.Aggregation is Aggregation.Count or Aggregation.Sum).ToList();
        var days = NodaTime.Period.DaysBetween(from, to);
        if (days <= 0 || meters.Count == 0)
        {
            return [];
        }

        var starts = Enumerable.Range(0, days).Select(n => zone.StartOf(from.PlusDays(n))).ToList();
        var rows = await usage.Windows(entry.Customer.Id, meters, starts, zone.StartOf(to), cancellation);
        return rows.ConvertAll(row => new DayUsage(from.PlusDays(row.Window), row.Total));
    }

    private async Task<Outlook?> Make(
        List<DayUsage> older, List<DayUsage> recent, BillingInterval interval, Period period, DateTimeZone zone, LocalDate today, CancellationToken cancellation)
    {
        var start = zone.DateAt(period.Start);
        var last = zone.DateAt(period.End.AddTicks(-1));
        var (first, now, end) = (start.ToDateOnly(), today.ToDateOnly(), last.PlusDays(1).ToDateOnly());
        var day = now.DayNumber - first.DayNumber;
        if (day < 1)
        {
            return null;
        }

        var pool = await Pool(interval, day, cancellation);
        var meters = new List<MeterOutlook>();
        foreach (var used in older.Concat(recent).GroupBy(usage => usage.Total.MeterId))
        {
            var meter = register.Now.Meters.First(known => known.Id == used.Key);
            var days = used.Select(usage => (usage.Day.ToDateOnly(), UsageTotal.Quantity(meter.Aggregation, [usage.Total], TimeSpan.FromDays(1))));
            if (DailySeries.Of(days, now) is { } series)
            {
                var band = ForecastBand.Of([.. Backtest.Of(series, Past(start, last.PlusDays(1), interval), day)], pool, (decimal)day / (end.DayNumber - first.DayNumber))
                    .Widened(Irregularity.Of(series, now, end));
                var lately = recent.Where(usage => usage.Total.MeterId == meter.Id && usage.Day >= today.PlusDays(-SharesOfDays)).Select(usage => usage.Total);
                meters.Add(new MeterOutlook(meter, series.Sum(first, now), PointForecast.Of(series, first, now, end), band, GroupShare.Of(meter, lately)));
            }
        }

        var starts = Enumerable.Range(0, end.DayNumber - now.DayNumber).Select(n => zone.StartOf(today.PlusDays(n)));
        return meters.Count == 0 ? null : new Outlook(day, [.. starts, period.End], meters);
    }

    /// <summary>The periods before the running one, the oldest first, by the calendar alone: usage may be older than the subscription.</summary>
    private static IEnumerable<DayPeriod> Past(LocalDate start, LocalDate end, BillingInterval interval)
    {
        LocalDate Back(LocalDate date, int periods) => interval switch
        {
            BillingInterval.Week => date.PlusWeeks(-periods),
            BillingInterval.Month => date.PlusMonths(-periods),
            BillingInterval.Quarter => date.PlusMonths(-3 * periods),
            BillingInterval.Year => date.PlusYears(-periods),
        };

        // A short first period ends where a whole one would: that end is what earlier ones are counted from.
        return Enumerable.Range(0, ForecastBand.OwnMost).Reverse()
            .Select(n => new DayPeriod(Back(end, n + 2).ToDateOnly(), Back(end, n + 1).ToDateOnly()))
            .Where(past => past.End <= start.ToDateOnly());
    }

    private async Task<PastErrors> Pool(BillingInterval interval, int day, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var scored = await db.Forecasts.AsNoTracking()
            .Where(forecast => forecast.Interval == interval && forecast.Day == day && forecast.ScoredAt != null)
            .OrderByDescending(forecast => forecast.ScoredAt)
            .SelectMany(forecast => forecast.Quantities.Where(quantity => quantity.Actual != null))
            .Select(quantity => new { quantity.SoFar, quantity.Remaining, Actual = quantity.Actual!.Value })
            .Take(PoolMost).ToListAsync(cancellation);
        var past = scored.ConvertAll(quantity => new PastForecast(quantity.SoFar, quantity.Remaining, 0, quantity.Actual));
        return new PastErrors([.. past.Select(one => one.Ratio).OfType<decimal>()], [.. past.Select(one => one.Error).OfType<decimal>()]);
    }

    private sealed record Kept(LocalDate Today, Period Period, long OlderAt, List<DayUsage> Older, LocalDate RecentFrom)
    {
        public List<DayUsage>? Recent { get; init; }

        public Outlook? Outlook { get; init; }

        public long RecentAt { get; init; }
    }
}

/// <summary>What a group of a meter used on a local day.</summary>
/// <param name="Day">The day in the customer's zone.</param>
/// <param name="Total">What was used.</param>
internal sealed record DayUsage(LocalDate Day, UsageTotal Total);
