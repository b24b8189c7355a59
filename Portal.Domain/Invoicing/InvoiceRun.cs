using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Closes billing periods: drafts the invoice of each period that is over, and one for fees in advance where they become due inside a period.</summary>
/// <remarks>
/// A claimed subscription is locked, so two runners never take the same one; the draft and the date up to which the subscription is billed
/// change in one transaction, so a run that is cut off anywhere leaves nothing half done. A unique index backs both.
/// </remarks>
public sealed class InvoiceRun(IDbContextFactory<PortalDb> databases, DraftReader drafts, AlarmWriter alarms, BusinessClock clock, ILogger<InvoiceRun> log) : IClockWork
{
    /// <summary>How long a closed period's draft waits for events that come late.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromHours(1);

    /// <inheritdoc />
    public DueQuestion NextDue() => DueQuestion.Of($"SELECT min(coalesce(bill_at, starts_at)) FROM subscriptions WHERE ends_at IS NULL OR billed_until < ends_at");

    /// <inheritdoc />
    public Task<JobOutcome> Run(CancellationToken cancellation) => new BillingBatches<int>(Due, BillDue, StandAside).Run(cancellation);

    private async Task<List<int>> Due(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var now = clock.GetUtcNow();
        return await db.Subscriptions
            .Where(subscription => (subscription.BillAt ?? subscription.StartsAt) <= now && (subscription.EndsAt == null || subscription.BilledUntil < subscription.EndsAt))
            .OrderBy(subscription => subscription.BillAt ?? subscription.StartsAt).ThenBy(subscription => subscription.Id)
            .Select(subscription => subscription.Id).Take(BillingBatches<int>.LookAhead).ToListAsync(cancellation);
    }

    private async Task BillDue(BillingBatch<int> batch, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var now = clock.GetUtcNow();
        var due = await db.Subscriptions.FromSql($"""
            SELECT *, xmin FROM subscriptions
            WHERE id = ANY ({batch.Keys}) AND coalesce(bill_at, starts_at) <= {now} AND (ends_at IS NULL OR billed_until < ends_at)
            ORDER BY coalesce(bill_at, starts_at), id FOR UPDATE SKIP LOCKED
            """)
            .Include(subscription => subscription.Phases)
            .Include(subscription => subscription.Customer)
            .ToListAsync(cancellation);
        batch.Taken = due.Count;

        await using var basis = await Basis(db, due, now, cancellation);
        var closed = new List<Invoice>();
        foreach (var subscription in due)
        {
            if (await Bill(db, subscription, basis, now, cancellation) is { } draft)
            {
                closed.Add(draft);
            }
        }

        await db.SaveChangesAsync(cancellation);
        if (closed.Count > 0)
        {
            await Close(db, closed, cancellation);
        }

        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Lets a subscription that cannot be billed wait, so that it does not hold up the rest.</summary>
    private async Task<string> StandAside(int id, Exception exception, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var later = clock.GetUtcNow() + BillingFault.RetryAfter;
        await db.Subscriptions.Where(subscription => subscription.Id == id).ExecuteUpdateAsync(rows => rows.SetProperty(subscription => subscription.BillAt, later), cancellation);
        var subscription = await db.Subscriptions.AsNoTracking().Include(found => found.Customer).SingleAsync(found => found.Id == id, cancellation);
        log.LogError(exception, "The period of customer {Customer} could not be closed", subscription.Customer.Key);
        var failure = $"Customer '{subscription.Customer.Key}': the period from {subscription.BilledUntil:yyyy-MM-dd} could not be closed. {BillingFault.Reason(exception)}";
        await BillingFault.Tell(alarms, subscription.Customer, $"A period of {subscription.Customer.Name} cannot be closed.", failure);
        return failure;
    }

    /// <summary>Remembers up to when customers' usage is billed, in the order in which usage is written. What came in while the drafts were made counts as late: it is not on them.</summary>
    private static async Task Close(PortalDb db, List<Invoice> closed, CancellationToken cancellation)
    {
        var drafts = closed.GroupBy(draft => draft.CustomerId).ToList();
        var (customers, ends, versions) = (
            drafts.ConvertAll(own => own.Key), drafts.ConvertAll(own => own.Max(draft => draft.PeriodEnd)), drafts.ConvertAll(own => own.Min(draft => draft.UsageVersion)));
        await db.Database.ExecuteSqlAsync($"""
            WITH locked AS MATERIALIZED (SELECT id FROM customers WHERE id = ANY ({customers}) ORDER BY id FOR NO KEY UPDATE)
            UPDATE customers SET closed_until = greatest(closed_until, news.closed),
                late_version = CASE WHEN usage_version > news.version THEN usage_version ELSE late_version END
            FROM locked JOIN unnest({customers}, {ends}, {versions}) AS news (id, closed, version) USING (id) WHERE customers.id = locked.id
            """, cancellation);
    }

    /// <summary>What the claimed subscriptions whose period is over are billed from, read in one go; null where none is over.</summary>
    private async Task<ClosingBasis?> Basis(PortalDb db, List<Subscription> due, DateTimeOffset now, CancellationToken cancellation)
    {
        var closings = new List<(Subscription, Period)>();
        foreach (var subscription in due)
        {
            if (BillingPeriods.Open(subscription.Customer, subscription) is { } period && period.End <= now)
            {
                closings.Add((subscription, period));
            }
        }

        return closings.Count == 0 ? null : await drafts.Basis(db, closings, drafts: [], cancellation);
    }

    /// <returns>The draft that closes its period; null where none is over.</returns>
    private async Task<Invoice?> Bill(PortalDb db, Subscription subscription, ClosingBasis? basis, DateTimeOffset now, CancellationToken cancellation)
    {
        Invoice? draft = null;
        var period = BillingPeriods.Open(subscription.Customer, subscription)
            ?? throw new InvalidOperationException($"No billing period begins at {subscription.BilledUntil:O}.");
        if (period.End > now)
        {
            await BillFees(db, subscription, period, now, cancellation);
        }
        else
        {
            var content = await drafts.Closing(db, subscription, period, draft: null, planned: [], basis!, cancellation);
            draft = drafts.Draft(InvoiceKind.Period, subscription, period, content, now, period.End + Grace);
            db.Invoices.Add(draft);
            subscription.BilledUntil = period.End;
        }

        subscription.BillAt = BillingPeriods.Open(subscription.Customer, subscription) is { } open
            ? drafts.NextFee(subscription, open, now) ?? open.End
            : null;
        return draft;
    }

    /// <summary>Fees in advance that no invoice has billed: at the start, and after a change to a plan with a higher fee. What has become less is credited when the period closes.</summary>
    private async Task BillFees(PortalDb db, Subscription subscription, Period period, DateTimeOffset now, CancellationToken cancellation)
    {
        var content = await drafts.Fees(db, subscription, period, draft: null, cancellation);
        if (content.Subtotal > 0)
        {
            var cut = await db.Invoices.CountAsync(
                invoice => invoice.SubscriptionId == subscription.Id && invoice.PeriodStart == period.Start && invoice.Kind == InvoiceKind.OneOff, cancellation);
            db.Invoices.Add(drafts.Draft(InvoiceKind.OneOff, subscription, period, content, now, now, cut));
        }
    }
}
