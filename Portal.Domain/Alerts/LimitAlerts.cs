using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Puts thresholds of a cap on record when they are crossed, each with its mail in one transaction: one alert, one mail, however many nodes look.</summary>
public sealed class LimitAlerts(IDbContextFactory<PortalDb> databases, PortalLinks links, OutboxBell bell, BusinessClock clock, TimeProvider machine)
{
    // What is on record for each customer's running period, so that looking costs no query while nothing is new.
    private readonly ConcurrentDictionary<int, Known> _known = new();

    /// <summary>Looks whether a customer's spend has crossed thresholds that are not on record yet, and records and mails them.</summary>
    public async Task Check(Customer customer, Spend spend, CancellationToken cancellation)
    {
        if (spend.Limit is not { } stand)
        {
            return;
        }

        var known = _known.TryGetValue(customer.Id, out var found) && found.PeriodStart == spend.Period.Start ? found.Recorded : [];
        if (ThresholdCrossing.Of(stand, known) is null)
        {
            return;
        }

        await using var db = await databases.CreateDbContextAsync(cancellation);
        var recorded = await Read(db, customer.Id, spend.Period.Start, cancellation);
        if (ThresholdCrossing.Of(stand, recorded) is { } crossing)
        {
            await Record(db, customer, spend, stand, crossing, cancellation);
            recorded = recorded.Union(crossing.Thresholds.Select(threshold => new RecordedThreshold(threshold, stand.Limit.Amount)));
        }

        _known[customer.Id] = new Known(spend.Period.Start, recorded);
    }

    private async Task Record(
        PortalDb db, Customer customer, Spend spend, LimitStand stand, ThresholdCrossing crossing, CancellationToken cancellation)
    {
        var (id, now, period) = (customer.Id, clock.GetUtcNow(), spend.Period.Start);
        var messageId = MessageIdOf(customer, period, crossing.Mailed ?? 0, stand.Limit.Amount);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);

        var record = new CrossingRecord(id, Alert.LimitKind, Alert.CapScope, period, stand.Limit.Amount, stand.Used.Amount, messageId);
        var isMailed = await record.Insert(db, crossing, now, cancellation);
        if (isMailed)
        {
            db.Outbox.Add(LimitMail.Make(customer, spend, stand, crossing.Mailed!.Value, links.Limits(customer.Key), messageId, now, machine.GetUtcNow()));
            db.WebhookEvents.Add(WebhookEvent.Of(WebhookTypes.AlertRaised, id, now, new
            {
                Kind = Alert.LimitKind,
                Threshold = crossing.Mailed!.Value,
                Limit = stand.Limit.Amount,
                Used = stand.Used.Amount,
                customer.Currency,
                PeriodStart = period,
            }));
            await db.SaveChangesAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
        if (isMailed)
        {
            bell.Ring();
        }
    }

    private static async Task<ImmutableHashSet<RecordedThreshold>> Read(PortalDb db, int customerId, DateTimeOffset periodStart, CancellationToken cancellation)
    {
        var rows = await db.Alerts.AsNoTracking()
            .Where(alert => alert.CustomerId == customerId && alert.Scope == Alert.CapScope && alert.PeriodStart == periodStart)
            .Select(alert => new { alert.Threshold, alert.Limit })
            .ToListAsync(cancellation);
        return [.. rows.Select(row => new RecordedThreshold(row.Threshold, row.Limit))];
    }

    /// <summary>The same for every attempt and every node, so that the outbox and the mail server can tell a repeat.</summary>
    private string MessageIdOf(Customer customer, DateTimeOffset period, int threshold, decimal limit)
    {
        var crossing = $"{customer.Key} {period.UtcTicks} {threshold} {DecimalText.Format(limit)}";
        return $"<limit.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(crossing)))[..32]}@{links.Host}>";
    }

    private sealed record Known(DateTimeOffset PeriodStart, ImmutableHashSet<RecordedThreshold> Recorded);
}
