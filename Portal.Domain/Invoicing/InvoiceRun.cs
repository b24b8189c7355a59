using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Closes billing periods: drafts the invoice of each period that is over, and one for fees in advance where they become due inside a period.</summary>
/// <remarks>
/// A claimed subscription is locked, so two runners never take the same one; the draft and the date up to which the subscription is billed
/// change in one transaction, so a run that is cut off anywhere leaves nothing half done. A unique index backs both.
/// </remarks>
public sealed class InvoiceRun(IDbContextFactory<PortalDb> databases, DraftReader drafts, BusinessClock clock, ILogger<InvoiceRun> log) : IClockWork
{
    /// <summary>How long a closed period's draft waits for events that come late.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromHours(1);

    private const int SubscriptionsPerTransaction = 50;
    private const int TransactionsPerRun = 10_000;
    private const int Workers = 3;

    /// <inheritdoc />
    public async Task<DateTimeOffset?> NextDue(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Subscriptions
            .Where(subscription => subscription.EndsAt == null || subscription.BilledUntil < subscription.EndsAt)
            .MinAsync(subscription => (DateTimeOffset?)(subscription.BillAt ?? subscription.StartsAt), cancellation);
    }

    /// <inheritdoc />
    public async Task<JobOutcome> Run(CancellationToken cancellation)
    {
        // Where the first transaction is full, several go on at once, each on what it claims: while one waits for the disk, another one rates.
        var failures = new List<string>();
        var first = await BillDue(failures, cancellation);
        var workers = first == SubscriptionsPerTransaction ? Workers : first > 0 ? 1 : 0;
        var rest = await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(() => Work(cancellation), cancellation)));
        return new JobOutcome(first - failures.Count + rest.Sum(outcome => outcome.Done), [.. failures, .. rest.SelectMany(outcome => outcome.Failures)]);
    }

    private async Task<JobOutcome> Work(CancellationToken cancellation)
    {
        var (done, failures) = (0, new List<string>());
        for (var n = 0; n < TransactionsPerRun; n++)
        {
            var claimed = await BillDue(failures, cancellation);
            if (claimed == 0)
            {
                break;
            }

            done += claimed;
        }

        return new JobOutcome(done - failures.Count, failures);
    }

    private async Task<int> BillDue(List<string> failures, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var now = clock.GetUtcNow();
        var due = await db.Subscriptions.FromSql($"""
            SELECT *, xmin FROM subscriptions
            WHERE coalesce(bill_at, starts_at) <= {now} AND (ends_at IS NULL OR billed_until < ends_at)
            ORDER BY coalesce(bill_at, starts_at), id LIMIT {SubscriptionsPerTransaction} FOR UPDATE SKIP LOCKED
            """)
            .Include(subscription => subscription.Phases)
            .Include(subscription => subscription.Customer)
            .ToListAsync(cancellation);

        await using var basis = await Basis(db, due, now, cancellation);
        foreach (var subscription in due)
        {
            try
            {
                await Bill(db, subscription, basis, now, cancellation);
            }
            catch (Exception exception) when (BillingFault.Is(exception))
            {
                // It is about this subscription and no other: it steps aside, so that it does not hold up the rest.
                log.LogError(exception, "The period of customer {Customer} could not be closed", subscription.Customer.Key);
                failures.Add($"Customer '{subscription.Customer.Key}': the period from {subscription.BilledUntil:yyyy-MM-dd} could not be closed. {exception.Message}");
                subscription.BillAt = now + BillingFault.RetryAfter;
            }
        }

        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return due.Count;
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

    private async Task Bill(PortalDb db, Subscription subscription, ClosingBasis? basis, DateTimeOffset now, CancellationToken cancellation)
    {
        var period = BillingPeriods.Open(subscription.Customer, subscription)
            ?? throw new InvalidOperationException($"No billing period begins at {subscription.BilledUntil:O}.");
        if (period.End > now)
        {
            await BillFees(db, subscription, period, now, cancellation);
        }
        else
        {
            var content = await drafts.Closing(db, subscription, period, draft: null, planned: [], basis!, cancellation);
            db.Invoices.Add(drafts.Draft(InvoiceKind.Period, subscription, period, content, now, period.End + Grace));
            subscription.BilledUntil = period.End;
        }

        subscription.BillAt = BillingPeriods.Open(subscription.Customer, subscription) is { } open
            ? drafts.NextFee(subscription, open, now) ?? open.End
            : null;
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
