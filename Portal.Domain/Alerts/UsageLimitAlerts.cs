using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Tells a customer when a limit that it set on a part of its usage is nearly used up, and when it is: one alert and one mail for each threshold and period.</summary>
public sealed class UsageLimitAlerts(
    IDbContextFactory<PortalDb> databases, Register register, PortalLinks links, OutboxBell bell, BusinessClock clock, TimeProvider machine)
{
    // What is on record for each customer's running period, so that looking costs no query while nothing is new.
    private readonly ConcurrentDictionary<int, Known> _known = new();

    /// <summary>Looks whether a customer's usage has crossed thresholds of its limits, and records and mails those that are new.</summary>
    public async Task Check(CustomerEntry entry, Spend spend, CancellationToken cancellation)
    {
        var id = entry.Customer.Id;
        var known = _known.TryGetValue(id, out var found) && found.PeriodStart == spend.Period.Start ? found.Recorded : [];
        var crossed = spend.Parts.Where(stand => Crossing(stand, known) is not null).ToList();
        if (crossed.Count == 0)
        {
            return;
        }

        await using var db = await databases.CreateDbContextAsync(cancellation);
        var recorded = (await db.Alerts.AsNoTracking()
            .Where(alert => alert.CustomerId == id && alert.Scope.StartsWith(Alert.PartScope) && alert.PeriodStart == spend.Period.Start)
            .Select(alert => new { alert.Scope, alert.Threshold, alert.Limit }).ToListAsync(cancellation))
            .Select(row => (row.Scope, new RecordedThreshold(row.Threshold, row.Limit))).ToImmutableHashSet();
        foreach (var stand in crossed)
        {
            if (Crossing(stand, recorded) is { } crossing)
            {
                await Record(db, entry, spend, stand, crossing, cancellation);
                recorded = recorded.Union(crossing.Thresholds.Select(threshold => (ScopeOf(stand), new RecordedThreshold(threshold, stand.Limit.Most))));
            }
        }

        _known[id] = new Known(spend.Period.Start, recorded);
    }

    // A limit of 0 is reached by definition, and whoever set it knows.
    private static ThresholdCrossing? Crossing(UsageLimitStand stand, IEnumerable<(string Scope, RecordedThreshold Threshold)> recorded) => stand.Used <= 0 ? null
        : ThresholdCrossing.Of(
            stand.Limit.Alerts, stand.HasCrossed, stand.Limit.Most, [.. recorded.Where(record => record.Scope == ScopeOf(stand)).Select(record => record.Threshold)]);

    private static string ScopeOf(UsageLimitStand stand) => Alert.PartScope + stand.Limit.Key;

    private async Task Record(PortalDb db, CustomerEntry entry, Spend spend, UsageLimitStand stand, ThresholdCrossing crossing, CancellationToken cancellation)
    {
        var (customer, now) = (entry.Customer, clock.GetUtcNow());
        var messageId = MessageIdOf(customer.Key, stand, spend.Period, crossing.Mailed ?? 0);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var record = new CrossingRecord(customer.Id, Alert.LimitKind, ScopeOf(stand), spend.Period.Start, stand.Limit.Most, stand.Used, messageId);
        var isMailed = await record.Insert(db, crossing, now, cancellation);
        if (isMailed)
        {
            var words = new UsageLimitWords(stand.Limit, register.Now.Meter, customer);
            db.Outbox.Add(UsageLimitMail.Make(customer, spend, stand, words, crossing.Mailed!.Value, links.Limits(customer.Key), messageId, now, machine.GetUtcNow()));
            db.WebhookEvents.Add(WebhookEvent.Of(WebhookTypes.AlertRaised, customer.Id, now, new
            {
                Kind = Alert.LimitKind, Key = stand.Limit.Key, Threshold = crossing.Mailed!.Value, Limit = stand.Limit.Most, stand.Used,
                Measure = stand.Limit.Amount is null ? "quantity" : "amount", PeriodStart = spend.Period.Start,
            }));
            await db.SaveChangesAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
        if (isMailed)
        {
            bell.Ring();
        }
    }

    private string MessageIdOf(string customer, UsageLimitStand stand, Period period, int threshold)
    {
        var crossing = $"{customer} {stand.Limit.Key} {period.Start.UtcTicks} {threshold} {DecimalText.Format(stand.Limit.Most)}";
        return $"<part.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(crossing)))[..32]}@{links.Host}>";
    }

    private sealed record Known(DateTimeOffset PeriodStart, ImmutableHashSet<(string Scope, RecordedThreshold Threshold)> Recorded);
}
