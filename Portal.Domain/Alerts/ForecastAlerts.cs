using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Tells a customer that asked for it when its forecast comes to lie above its cap: once for each period and cap. Nothing is ever stopped by a forecast.</summary>
public sealed class ForecastAlerts(
    IDbContextFactory<PortalDb> databases, SpendReader spends, ForecastReader forecasts, PortalLinks links, OutboxBell bell, BusinessClock clock, TimeProvider machine)
{
    /// <summary>The scope of these alerts.</summary>
    public const string Scope = "forecast";

    /// <summary>The threshold that is on record: the whole cap.</summary>
    public const int Threshold = 100;

    // The estimate moves each night: only what lies clearly below the cap is good news.
    private const decimal RecoveredBelow = 0.95m;

    /// <summary>Looks at a customer's forecast after a night, and records and mails that it lies above the cap, or notes that it no longer does.</summary>
    public async Task Check(CustomerEntry entry, CancellationToken cancellation)
    {
        if (entry.Limit is not { ForecastAlert: true, Enforced: true } || await spends.Current(entry, cancellation) is not { Limit: { } stand } spend
            || (await forecasts.Current(entry, withPath: false, cancellation))?.Forecast is not { } forecast)
        {
            return;
        }

        var fees = (spend.Net + spend.NotBilled - spend.Usage).Amount;
        var expected = forecast.Expected.Amount - fees;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        if (forecast.BreachAt is not null)
        {
            await Record(db, entry, spend, forecast, expected, cancellation);
        }
        else if (expected < stand.Limit.Amount * RecoveredBelow)
        {
            var now = clock.GetUtcNow();
            await db.Alerts.Where(alert => alert.CustomerId == entry.Customer.Id && alert.Scope == Scope && alert.PeriodStart == spend.Period.Start && alert.RecoveredAt == null)
                .ExecuteUpdateAsync(change => change.SetProperty(alert => alert.RecoveredAt, now), cancellation);
        }
    }

    private async Task Record(PortalDb db, CustomerEntry entry, Spend spend, Forecast forecast, decimal expected, CancellationToken cancellation)
    {
        var (customer, now, cap) = (entry.Customer, clock.GetUtcNow(), spend.Limit!.Limit.Amount);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{customer.Key} {spend.Period.Start.UtcTicks} {DecimalText.Format(cap)}"));
        var messageId = $"<forecast.{Convert.ToHexStringLower(hash)[..32]}@{links.Host}>";
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var record = new CrossingRecord(customer.Id, Alert.ForecastKind, Scope, spend.Period.Start, cap, expected, messageId);
        var isNew = await record.Insert(db, new ThresholdCrossing([Threshold], Threshold), now, cancellation);
        if (isNew)
        {
            db.Outbox.Add(ForecastMail.Make(customer, spend, forecast, links.Limits(customer.Key), messageId, now, machine.GetUtcNow()));
            db.WebhookEvents.Add(WebhookEvent.Of(WebhookTypes.AlertRaised, customer.Id, now, new
            {
                Kind = Alert.ForecastKind, Threshold, Limit = cap, Used = expected, customer.Currency, forecast.BreachAt, PeriodStart = spend.Period.Start,
            }));
            await db.SaveChangesAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
        if (isNew)
        {
            bell.Ring();
        }
    }
}
