using Portal.Domain.Catalog;
using Portal.Domain.Forecasting;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Forecasts what a running period will come to: what was used and what is expected, priced by the code that makes the invoice.</summary>
public sealed class ForecastReader(Register register, SpendReader spends, UsageReader usage, UsageHistory history, OutlookReader outlooks, BusinessClock clock)
{
    /// <summary>The forecast of a customer's running period; null where no subscription runs.</summary>
    /// <param name="entry">The customer.</param>
    /// <param name="withPath">Whether the days are wanted too, for a chart.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<ForecastAnswer?> Current(CustomerEntry entry, bool withPath, CancellationToken cancellation) =>
        await Work(entry, cancellation) switch
        {
            null => null,
            { Unavailable: { } reason } => ForecastAnswer.None(reason),
            { Basis: { } basis } => new ForecastAnswer(basis.Forecast(), null, withPath ? basis.Path() : []),
            _ => throw new InvalidOperationException("A forecast is there, or a reason why not."),
        };

    /// <summary>The forecast as it is kept, to be scored when the period is over; null where there is none yet.</summary>
    internal async Task<StoredForecast?> ToStore(CustomerEntry entry, CancellationToken cancellation)
    {
        if (await Work(entry, cancellation) is not { Basis: { } basis })
        {
            return null;
        }

        var forecast = basis.Forecast();
        var stored = new StoredForecast
        {
            CustomerId = entry.Customer.Id,
            SubscriptionId = basis.Subscription.Id,
            PeriodStart = basis.Period.Start,
            PeriodEnd = basis.Period.End,
            Interval = basis.Subscription.Interval,
            Day = forecast.Day,
            MadeAt = basis.Now,
            Low = forecast.Low.Amount,
            Expected = forecast.Expected.Amount,
            High = forecast.High.Amount,
        };
        stored.Quantities.AddRange(basis.Outlook.Meters.Select(meter =>
            new StoredQuantity { MeterId = meter.Meter.Id, SoFar = meter.SoFar, Remaining = meter.Point.Total }));
        return stored;
    }

    private async Task<(ForecastBasis? Basis, string? Unavailable)?> Work(CustomerEntry entry, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        if (entry.Subscription is not { } subscription || BillingPeriods.At(entry.Customer, subscription, now) is not { } period)
        {
            return null;
        }

        var zone = TimeZones.Find(entry.Customer.TimeZone)!;
        var begin = ForecastStart.HasFullDays(period, zone, now) ? await history.Begin(entry.Customer.Id, cancellation) : null;
        if (ForecastStart.ReasonForNone(period, zone, begin, now) is { } reason)
        {
            return (null, reason);
        }

        if (await outlooks.Of(entry, subscription, period, now, cancellation) is not { } outlook)
        {
            return (null, "None of the meters that were used adds up over time, so there is nothing to forecast.");
        }

        var segments = BillingSegment.Cut(period, subscription, register.Now.Card);
        List<IReadOnlyList<UsageTotal>> totals;
        await using (var snapshot = await usage.Snapshot(cancellation))
        {
            totals = await spends.TotalsOf(entry, period, segments, snapshot, cancellation);
        }

        var basis = new ForecastBasis(entry, subscription, period, segments, totals, outlook.Outlook, outlook.Days, now, (of, its, span, cuts, totals) => spends.Rate(of, its, span, cuts, totals), zone);
        return (basis, null);
    }
}
