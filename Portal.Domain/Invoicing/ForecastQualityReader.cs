using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Forecasting;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Reads how good forecasts were, by those that were kept.</summary>
public sealed class ForecastQualityReader(IDbContextFactory<PortalDb> databases, Register register, BusinessClock clock)
{
    private const int Days = 183;
    private const int RowsMost = 100_000;
    private const int CustomersShown = 20;

    /// <summary>How often totals lay in their range, over all customers and the last six months.</summary>
    internal async Task<ForecastCoverage> Coverage(CancellationToken cancellation) => ForecastCoverage.Of(await Scored(cancellation));

    /// <summary>What the operator's people see.</summary>
    /// <exception cref="Refusal">Forbidden.</exception>
    public async Task<ForecastQuality> Read(Actor actor, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadCustomers);
        var scored = await Scored(cancellation);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var waiting = await db.Forecasts.CountAsync(forecast => forecast.ScoredAt == null, cancellation);
        return new ForecastQuality(
            ForecastCoverage.Of(scored),
            [.. SeriesScore.Days.Select(day => (day, Rows: scored.Where(row => Nearest(row.Day) == day).ToList())).Where(days => days.Rows.Count > 0)
                .Select(days => new ForecastDayQuality(days.day, ForecastCoverage.Of(days.Rows)))],
            [.. scored.GroupBy(row => row.CustomerId).Select(rows => new CustomerForecastQuality(register.Now.ById[rows.Key].Customer, ForecastCoverage.Of([.. rows])))
                .OrderByDescending(customer => customer.Quality.ErrorPercent).Take(CustomersShown)],
            waiting);
    }

    /// <summary>A customer's own past forecasts after so many days of a period, the newest first, for a caller who may see its bills.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<IReadOnlyList<StoredForecast>> Past(Actor actor, string customerKey, int day, int most, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Forecasts.AsNoTracking()
            .Where(forecast => forecast.CustomerId == customer.Id && forecast.Day == day && forecast.ScoredAt != null)
            .OrderByDescending(forecast => forecast.PeriodStart).Take(most).ToListAsync(cancellation);
    }

    private static int Nearest(int day) => SeriesScore.Days.MinBy(scored => Math.Abs(scored - day));

    private async Task<List<ScoredForecast>> Scored(CancellationToken cancellation)
    {
        var since = clock.GetUtcNow().AddDays(-Days);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Forecasts.AsNoTracking()
            .Where(forecast => forecast.ScoredAt >= since && forecast.Actual != null)
            .OrderByDescending(forecast => forecast.ScoredAt).Take(RowsMost)
            .Select(forecast => new ScoredForecast(forecast.CustomerId, forecast.PeriodStart, forecast.Day, forecast.Low, forecast.Expected, forecast.High, forecast.Actual!.Value))
            .ToListAsync(cancellation);
    }
}

/// <summary>A forecast and what came.</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="PeriodStart">The start of the billing period.</param>
/// <param name="Day">The days of the period that were over.</param>
/// <param name="Low">The lower end of the range.</param>
/// <param name="Expected">The estimate.</param>
/// <param name="High">The upper end.</param>
/// <param name="Actual">What came.</param>
public sealed record ScoredForecast(int CustomerId, DateTimeOffset PeriodStart, int Day, decimal Low, decimal Expected, decimal High, decimal Actual);

/// <summary>How good some forecasts were.</summary>
/// <param name="Scored">How many.</param>
/// <param name="Periods">Of how many periods of customers they are.</param>
/// <param name="Share">The share of totals that lay in their range.</param>
/// <param name="ErrorPercent">By how much the total was missed in the median, in percent; those below one unit of money are left out.</param>
public sealed record ForecastCoverage(int Scored, int Periods, decimal Share, decimal ErrorPercent)
{
    // Fewer say nothing about 8 of 10. Forecasts of one period go wrong together, whatever their number, so periods are counted.
    private const int Least = 30;

    /// <summary>Whether an alarm is due: fewer than 70 % or more than 90 % in their range.</summary>
    public bool IsOff => Periods >= Least && (Share < 0.7m || Share > 0.9m);

    internal static ForecastCoverage Of(IReadOnlyList<ScoredForecast> rows) => rows.Count == 0 ? new ForecastCoverage(0, 0, 0, 0) : new ForecastCoverage(
        rows.Count,
        rows.Select(row => (row.CustomerId, row.PeriodStart)).Distinct().Count(),
        (decimal)rows.Count(row => row.Low <= row.Actual && row.Actual <= row.High) / rows.Count,
        ForecastBand.Rank([.. rows.Where(row => row.Actual >= 1).Select(row => Math.Abs(row.Expected - row.Actual) / row.Actual * 100)], 0.5m));
}

/// <summary>How good forecasts are, for the operator.</summary>
/// <param name="All">Over all customers and days.</param>
/// <param name="Days">By the days of the period that were over.</param>
/// <param name="Customers">Customers whose totals are missed most.</param>
/// <param name="Waiting">Forecasts of periods that are not over.</param>
public sealed record ForecastQuality(
    ForecastCoverage All, IReadOnlyList<ForecastDayQuality> Days, IReadOnlyList<CustomerForecastQuality> Customers, int Waiting);

/// <summary>How good forecasts are on a day of the period.</summary>
/// <param name="Day">The days that were over.</param>
/// <param name="Quality">How good.</param>
public sealed record ForecastDayQuality(int Day, ForecastCoverage Quality);

/// <summary>How good a customer's forecasts are.</summary>
/// <param name="Customer">The customer.</param>
/// <param name="Quality">How good.</param>
public sealed record CustomerForecastQuality(Customer Customer, ForecastCoverage Quality);
