using Microsoft.EntityFrameworkCore;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Notes on alerts of running periods whether usage is still above their threshold: a correction or a raised limit ends the alarm, and usage that comes back brings it back.</summary>
/// <remarks>It never mails and never arms an alert again: that it was told once in the period stays so. Alerts of periods that are over stay as they ended.</remarks>
public sealed class AlertRecoveryRun(IDbContextFactory<PortalDb> databases, Register register, AccessBook access, BusinessClock clock)
{
    // No billing period is longer than a year.
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(370);

    /// <summary>Looks at all of them.</summary>
    /// <returns>How many changed.</returns>
    public async Task<int> Run(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var since = now - s_longest;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var told = await db.Alerts
            .Where(alert => alert.PeriodStart >= since && (alert.Kind == Alert.LimitKind || alert.Kind == Alert.IncludedKind)).ToListAsync(cancellation);
        foreach (var alert in told)
        {
            if (register.Now.ById.TryGetValue(alert.CustomerId, out var entry) && access.Known(alert.CustomerId) is { } spend
                && spend.Period.Start == alert.PeriodStart && spend.Period.Contains(now) && IsAbove(alert, entry, spend, now) is { } isAbove)
            {
                alert.RecoveredAt = isAbove ? null : alert.RecoveredAt ?? now;
            }
        }

        return await db.SaveChangesAsync(cancellation);
    }

    /// <summary>Whether usage is above the alert's threshold by the limit as it is now; a limit that is gone holds nothing up. Null where that is not known.</summary>
    private bool? IsAbove(Alert alert, CustomerEntry entry, Spend spend, DateTimeOffset now)
    {
        if (alert.Kind == Alert.IncludedKind)
        {
            return entry.Subscription is { } subscription
                && BillingSegment.ContentAt(subscription.PhaseAt(now), now, register.Now.Card).Features.FirstOrDefault(feature => feature.Key == alert.Scope) is { Limit: > 0, Meter: { } meter } feature
                && spend.Quantities.GetValueOrDefault(meter) * 100 >= feature.Limit * alert.Threshold;
        }

        return alert.Scope == Alert.CapScope
            ? entry.Limit is { } limit && new LimitStand(limit, spend.Usage).HasCrossed(alert.Threshold)
            : alert.Scope.StartsWith(Alert.PartScope, StringComparison.Ordinal)
                ? spend.Parts.FirstOrDefault(part => part.Limit.Key == alert.Scope[Alert.PartScope.Length..]) is { } part && part.HasCrossed(alert.Threshold)
                : null;
    }
}
