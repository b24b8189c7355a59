using Microsoft.EntityFrameworkCore;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Keeps each night's forecast, and compares it with what came once the period is over.</summary>
public sealed class ForecastRun(
    IDbContextFactory<PortalDb> databases, Register register, ForecastReader forecasts, SpendReader spends, UsageReader usage, ForecastQualityReader quality,
    ForecastAlerts warnings, AlarmWriter alarms, BusinessClock clock) : IClockWork
{
    // Usage comes late; what comes later than this is not waited for.
    private static readonly TimeSpan s_grace = TimeSpan.FromHours(2);
    private static readonly TimeSpan s_lately = TimeSpan.FromDays(14);
    private const int ScoresPerRun = 2_000;

    /// <inheritdoc />
    /// <remarks>The next local midnight of a customer that has used something lately: the nights of the others have nothing to forecast.</remarks>
    public DueQuestion NextDue()
    {
        var now = clock.GetUtcNow();
        return DueQuestion.Of(
            $"""
            SELECT customer.id FROM customers customer
            WHERE EXISTS (SELECT FROM usage_buckets used WHERE used.customer_id = customer.id AND used.meter_id = ANY (ARRAY(SELECT id FROM meters)) AND used.start >= {now - s_lately})
            """,
            row => row.GetInt32(0),
            used => used.Select(id => register.Now.ById.GetValueOrDefault(id))
                .Where(entry => entry?.Subscription is { } subscription && BillingPeriods.At(entry.Customer, subscription, now) is not null)
                .Select(entry => TimeZones.Find(entry!.Customer.TimeZone)!)
                .Select(zone => (DateTimeOffset?)zone.StartOf(zone.DateAt(now).PlusDays(1))).Min());
    }

    /// <summary>Does both for all customers. Safe to run twice: a forecast is kept once for each day of a period.</summary>
    public async Task<JobOutcome> Run(CancellationToken cancellation)
    {
        var failures = new List<string>();
        var done = await Keep(failures, cancellation);
        var scored = await Score(failures, cancellation);
        if (scored > 0)
        {
            await Alarm(cancellation);
        }

        return new JobOutcome(done + scored, failures);
    }

    private async Task<int> Keep(List<string> failures, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var since = now.AddDays(-2);
        var kept = (await db.Forecasts.AsNoTracking().Where(forecast => forecast.MadeAt >= since)
            .Select(forecast => new { forecast.CustomerId, forecast.PeriodStart, forecast.Day }).ToListAsync(cancellation))
            .Select(forecast => (forecast.CustomerId, forecast.PeriodStart, forecast.Day)).ToHashSet();
        var done = 0;
        foreach (var entry in register.Now.ById.Values)
        {
            if (entry.Subscription is not { } subscription || BillingPeriods.At(entry.Customer, subscription, now) is not { } period
                || kept.Contains((entry.Customer.Id, period.Start, DaysOver(entry, period, now))))
            {
                continue;
            }

            try
            {
                if (await forecasts.ToStore(entry, cancellation) is { } forecast)
                {
                    db.Forecasts.Add(forecast);
                    await db.SaveChangesAsync(cancellation);
                    done++;
                    await warnings.Check(entry, cancellation);
                }
            }
            catch (DbUpdateException failure) when (failure.InnerException is Npgsql.PostgresException { SqlState: Npgsql.PostgresErrorCodes.UniqueViolation })
            {
                // Another node has kept it.
            }
            catch (Exception failure) when (BillingFault.Is(failure))
            {
                failures.Add($"Customer '{entry.Customer.Key}': {failure.Message}");
            }

            db.ChangeTracker.Clear();
        }

        return done;
    }

    private async Task<int> Score(List<string> failures, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var over = now - s_grace;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var due = await db.Forecasts.Include(forecast => forecast.Quantities)
            .Where(forecast => forecast.ScoredAt == null && forecast.PeriodEnd <= over)
            .OrderBy(forecast => forecast.PeriodEnd).Take(ScoresPerRun).ToListAsync(cancellation);
        foreach (var forecast in due.GroupBy(forecast => (forecast.SubscriptionId, forecast.PeriodStart, forecast.PeriodEnd)))
        {
            try
            {
                await Score(db, [.. forecast], now, cancellation);
            }
            catch (Exception failure) when (BillingFault.Is(failure))
            {
                failures.Add($"The forecasts of subscription {DecimalText.Format(forecast.Key.SubscriptionId)}: {failure.Message}");
            }
        }

        await db.SaveChangesAsync(cancellation);
        return due.Count;
    }

    private async Task Score(PortalDb db, List<StoredForecast> forecasts, DateTimeOffset now, CancellationToken cancellation)
    {
        var (first, period) = (forecasts[0], new Period(forecasts[0].PeriodStart, forecasts[0].PeriodEnd));
        var subscription = await db.Subscriptions.AsNoTracking().Include(known => known.Phases).SingleAsync(known => known.Id == first.SubscriptionId, cancellation);
        await using var snapshot = await usage.Snapshot(cancellation);
        var spend = await spends.Of(register.Now.ById[first.CustomerId], subscription, period, snapshot, cancellation);
        foreach (var forecast in forecasts)
        {
            (forecast.Actual, forecast.ScoredAt) = ((spend.Net + spend.NotBilled).Amount, now);
            foreach (var quantity in forecast.Quantities)
            {
                var meter = register.Now.Meters.First(known => known.Id == quantity.MeterId);
                quantity.Actual = Math.Max(0, spend.Quantities.GetValueOrDefault(meter.Key) - quantity.SoFar);
            }
        }
    }

    private async Task Alarm(CancellationToken cancellation)
    {
        if (await quality.Coverage(cancellation) is { IsOff: true } coverage)
        {
            await alarms.Raise(
                "forecast.coverage", "The likely range of forecasts is wrong too often or too wide.",
                $"Of {DecimalText.Format(coverage.Scored)} forecasts of the last six months, {DecimalText.Format(Math.Round(coverage.Share * 100, 1))} % of the totals lay in their range; 70 to 90 % is what it should be. "
                + "The forecasts page shows on which days of a period. Customers' usage has changed its kind, or one large customer's has.");
        }
    }

    private static int DaysOver(CustomerEntry entry, Period period, DateTimeOffset now)
    {
        var zone = TimeZones.Find(entry.Customer.TimeZone)!;
        return NodaTime.Period.DaysBetween(zone.DateAt(period.Start), zone.DateAt(now));
    }
}
