using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Tells a customer when the units that its plan includes are nearly used up, and when they are: one alert and one mail for each threshold and period.</summary>
public sealed class IncludedAlerts(
    IDbContextFactory<PortalDb> databases, Register register, PortalLinks links, OutboxBell bell, BusinessClock clock, TimeProvider machine)
{
    /// <summary>The percentages of a feature's limit at which a mail goes out.</summary>
    public static IReadOnlyList<int> Thresholds { get; } = [80, 100];

    // What is on record for each customer's running period, so that looking costs no query while nothing is new.
    private readonly ConcurrentDictionary<int, Known> _known = new();

    /// <summary>Looks whether a customer's usage has crossed thresholds of what its plan includes, and records and mails those that are new.</summary>
    public async Task Check(CustomerEntry entry, Spend spend, CancellationToken cancellation)
    {
        var id = entry.Customer.Id;
        var now = clock.GetUtcNow();
        var known = _known.TryGetValue(id, out var found) && found.PeriodStart == spend.Period.Start ? found.Recorded : [];
        var crossed = Stands(entry, spend, now).Where(stand => stand.Crossing(known) is not null).ToList();
        if (crossed.Count == 0)
        {
            return;
        }

        await using var db = await databases.CreateDbContextAsync(cancellation);
        var recorded = (await db.Alerts.AsNoTracking()
            .Where(alert => alert.CustomerId == id && alert.Kind == Alert.IncludedKind && alert.PeriodStart == spend.Period.Start)
            .Select(alert => new { alert.Scope, alert.Threshold, alert.Limit }).ToListAsync(cancellation))
            .Select(row => (row.Scope, new RecordedThreshold(row.Threshold, row.Limit))).ToImmutableHashSet();
        foreach (var stand in crossed)
        {
            if (stand.Crossing(recorded) is { } crossing)
            {
                await Record(db, entry, spend, stand, crossing, now, cancellation);
                recorded = recorded.Union(crossing.Thresholds.Select(threshold => (stand.Feature.Key, new RecordedThreshold(threshold, stand.Limit))));
            }
        }

        _known[id] = new Known(spend.Period.Start, recorded);
    }

    private IEnumerable<IncludedStand> Stands(CustomerEntry entry, Spend spend, DateTimeOffset now)
    {
        var state = register.Now;
        return entry.Subscription is not { } subscription ? [] :
            from feature in BillingSegment.ContentAt(subscription.PhaseAt(now), now, state.Card).Features
            where feature is { Limit: > 0, Meter: not null }
            let meter = state.Meter(feature.Meter!)
            where meter is not null
            select new IncludedStand(feature, meter, feature.Limit!.Value, spend.Quantities.GetValueOrDefault(meter.Key));
    }

    private async Task Record(
        PortalDb db, CustomerEntry entry, Spend spend, IncludedStand stand, ThresholdCrossing crossing, DateTimeOffset now, CancellationToken cancellation)
    {
        var (customer, key) = (entry.Customer, stand.Feature.Key);
        var messageId = MessageIdOf(customer.Key, key, spend.Period, crossing.Mailed ?? 0, stand.Limit);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var record = new CrossingRecord(customer.Id, Alert.IncludedKind, key, spend.Period.Start, stand.Limit, stand.Used, messageId);
        var isMailed = await record.Insert(db, crossing, now, cancellation);
        if (isMailed)
        {
            db.Outbox.Add(IncludedMail.Make(customer, spend, stand, crossing.Mailed!.Value, links.Overview(customer.Key), messageId, now, machine.GetUtcNow()));
            db.WebhookEvents.Add(WebhookEvent.Of(WebhookTypes.AlertRaised, customer.Id, now, new
            {
                Kind = Alert.IncludedKind, Feature = key, Threshold = crossing.Mailed!.Value, stand.Limit, stand.Used, stand.Meter.Unit, PeriodStart = spend.Period.Start,
            }));
            await db.SaveChangesAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
        if (isMailed)
        {
            bell.Ring();
        }
    }

    private string MessageIdOf(string customer, string feature, Period period, int threshold, decimal limit)
    {
        var crossing = $"{customer} {feature} {period.Start.UtcTicks} {threshold} {DecimalText.Format(limit)}";
        return $"<included.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(crossing)))[..32]}@{links.Host}>";
    }

    private sealed record Known(DateTimeOffset PeriodStart, ImmutableHashSet<(string Feature, RecordedThreshold Threshold)> Recorded);
}

/// <summary>Where a customer stands with units that its plan includes.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="Meter">The meter that counts it.</param>
/// <param name="Limit">How many units a period includes.</param>
/// <param name="Used">How many are used.</param>
public sealed record IncludedStand(Feature Feature, Meter Meter, decimal Limit, decimal Used)
{
    /// <summary>Which thresholds are new beside what is on record for the period; null where none is.</summary>
    internal ThresholdCrossing? Crossing(IEnumerable<(string Feature, RecordedThreshold Threshold)> recorded) => ThresholdCrossing.Of(
        IncludedAlerts.Thresholds, threshold => Used * 100 >= Limit * threshold, Limit,
        [.. recorded.Where(record => record.Feature == Feature.Key).Select(record => record.Threshold)]);
}
