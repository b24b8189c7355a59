using Microsoft.EntityFrameworkCore;
using Portal.Domain.Catalog;
using Portal.Domain.Metering;
using Portal.Domain.Storage;

namespace Portal.Domain.Invoicing;

/// <summary>Takes months of events out of their table by the policy (<c>Portal:Ingest:EventMonths</c>), but never what a bill may still have to be made of.</summary>
public sealed class EventRetentionRun(IDbContextFactory<PortalDb> databases, EventArchive archive, PortalOptions options)
{
    /// <summary>Takes out what is due.</summary>
    /// <param name="now">Business time.</param>
    /// <param name="cancellation">Gives up; what was taken out until then stays out.</param>
    /// <returns>How many months it took out.</returns>
    public async Task<int> Run(DateTimeOffset now, CancellationToken cancellation)
    {
        if (options.Ingest.EventMonths <= 0)
        {
            return 0;
        }

        var oldest = now.AddMonths(-options.Ingest.EventMonths);
        var needed = await NeededFrom(now, cancellation);
        return await archive.TakeOut(oldest < needed ? oldest : needed, cancellation);
    }

    /// <summary>
    /// From when on events may still be asked for: an event may come in a dedupe window after it happened and be taken back as long after that, and
    /// then its whole billing period is rated again. Periods that no invoice closes and drafts are needed from their start.
    /// </summary>
    private async Task<DateTimeOffset> NeededFrom(DateTimeOffset now, CancellationToken cancellation)
    {
        var reach = now.AddDays(-2 * options.Ingest.DedupeDays);
        var needed = reach;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await foreach (var subscription in db.Subscriptions.AsNoTracking()
            .Include(subscription => subscription.Customer).Include(subscription => subscription.Phases)
            .Where(subscription => subscription.EndsAt == null || subscription.EndsAt > reach || subscription.BilledUntil < subscription.EndsAt)
            .AsAsyncEnumerable().WithCancellation(cancellation))
        {
            Need(BillingPeriods.At(subscription.Customer, subscription, reach)?.Start);
            Need(BillingPeriods.Open(subscription.Customer, subscription)?.Start);
        }

        Need(await db.Invoices.Where(invoice => invoice.Status == InvoiceStatus.Draft).MinAsync(invoice => (DateTimeOffset?)invoice.PeriodStart, cancellation));

        // Invoices whose period reaches into what may still change are rated again from its start, whatever the calendar says today.
        Need(await db.Invoices.Where(invoice => invoice.PeriodEnd >= reach).MinAsync(invoice => (DateTimeOffset?)invoice.PeriodStart, cancellation));
        return needed;

        void Need(DateTimeOffset? from) => needed = from < needed ? from.Value : needed;
    }
}
