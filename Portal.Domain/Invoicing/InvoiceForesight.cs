using Microsoft.EntityFrameworkCore;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>An invoice that is not stored as it is here.</summary>
/// <param name="Invoice">What it says, with its lines, before credits; withdrawn where there is nothing to bill.</param>
/// <param name="IsStored">Whether its draft is there already.</param>
internal sealed record ForeseenInvoice(Invoice Invoice, bool IsStored)
{
    /// <summary>Whether there is anything to issue.</summary>
    public bool IsWorthIt => Invoice.Status != InvoiceStatus.Void;
}

/// <summary>Makes the invoices of some customers as <see cref="InvoiceRun"/> and <see cref="FinalizeRun"/> will, by the same code, and stores nothing.</summary>
public sealed class InvoiceForesight(DraftReader drafts, InvoiceIssuer issuer, BusinessClock clock)
{
    /// <summary>The subscriptions for which an invoice is made until an instant.</summary>
    internal static IQueryable<Subscription> Due(PortalDb db, DateTimeOffset until) => db.Subscriptions
        .Where(subscription => (subscription.BillAt ?? subscription.StartsAt) <= until && (subscription.EndsAt == null || subscription.BilledUntil < subscription.EndsAt));

    /// <summary>The drafts that are issued by themselves: what sells credits waits for its payment.</summary>
    internal static IQueryable<Invoice> Drafts(PortalDb db) => db.Invoices
        .Where(invoice => invoice.Status == InvoiceStatus.Draft && invoice.Kind != InvoiceKind.CreditTopup);

    /// <summary>The invoices of some customers, in the order in which they are issued.</summary>
    /// <param name="db">Where all is read: nothing of it may be saved.</param>
    /// <param name="customers">The customers.</param>
    /// <param name="until">Which of them: those that are made until then.</param>
    /// <param name="cancellation">Gives up.</param>
    internal async Task<List<ForeseenInvoice>> Make(PortalDb db, int[] customers, DateTimeOffset until, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var stored = await Drafts(db).Include(draft => draft.Customer).Where(draft => customers.Contains(draft.CustomerId))
            .OrderBy(draft => draft.CustomerId).ThenBy(draft => draft.PeriodEnd).ThenBy(draft => draft.FinalizeAt).ThenBy(draft => draft.Id).ToListAsync(cancellation);
        var ofDrafts = stored.Select(draft => draft.SubscriptionId!.Value).Distinct().ToList();
        var due = await Due(db, until).Where(subscription => customers.Contains(subscription.CustomerId)).Select(subscription => subscription.Id).ToListAsync(cancellation);
        var subscriptions = await db.Subscriptions.Include(subscription => subscription.Phases).Include(subscription => subscription.Customer)
            .Where(subscription => ofDrafts.Contains(subscription.Id) || due.Contains(subscription.Id)).ToDictionaryAsync(subscription => subscription.Id, cancellation);
        var open = due.Select(id => new OpenPeriod(subscriptions[id], PeriodOf(subscriptions[id]))).OrderBy(one => one.Period.End).ThenBy(one => one.Subscription.Id).ToList();

        await using var basis = await Basis(db, stored, subscriptions, [.. open.Where(one => one.Period.End <= until)], cancellation);
        var made = new List<ForeseenInvoice>();
        foreach (var draft in stored)
        {
            var content = await issuer.Says(db, draft, subscriptions[draft.SubscriptionId!.Value], basis, cancellation);
            draft.Lines.AddRange(content.Lines);
            issuer.Take(draft, content);
            basis?.Foresee(draft);
            made.Add(new ForeseenInvoice(draft, IsStored: true));
        }

        foreach (var (subscription, period) in open)
        {
            if (period.End > now)
            {
                await AddFees(db, subscription, period, until, made, cancellation);
            }

            if (period.End <= until)
            {
                var content = await drafts.Closing(db, subscription, period, draft: null, [.. PlannedOf(subscription, made)], basis!, cancellation);
                var invoice = drafts.Draft(InvoiceKind.Period, subscription, period, content, now, period.End + InvoiceRun.Grace);
                issuer.Take(invoice, content);
                basis!.Foresee(invoice);
                made.Add(new ForeseenInvoice(invoice, IsStored: false));
            }
        }

        return made;
    }

    /// <summary>Adds the invoices for fees in advance that fall due inside an open period.</summary>
    private async Task AddFees(PortalDb db, Subscription subscription, Period period, DateTimeOffset until, List<ForeseenInvoice> made, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        for (DateTimeOffset? due = subscription.BillAt ?? subscription.StartsAt; due < period.End && due <= until; due = drafts.NextFee(subscription, period, due.Value))
        {
            var at = due > now ? due.Value : now;
            var planned = PlannedOf(subscription, made).ToList();
            var content = await drafts.Fees(db, subscription, period, draft: null, planned, at, cancellation);
            if (content.Subtotal > 0)
            {
                made.Add(new ForeseenInvoice(drafts.Draft(InvoiceKind.OneOff, subscription, period, content, at, at, planned.Count), IsStored: false));
            }
        }
    }

    // What is stored is read with the rest, and closing invoices are told to the basis.
    private static IEnumerable<Invoice> PlannedOf(Subscription subscription, List<ForeseenInvoice> made) => made
        .Where(one => !one.IsStored && one.Invoice.SubscriptionId == subscription.Id && one.Invoice.Kind == InvoiceKind.OneOff).Select(one => one.Invoice);

    private static Period PeriodOf(Subscription subscription) => BillingPeriods.Open(subscription.Customer, subscription)
        ?? throw new InvalidOperationException($"No billing period begins at {subscription.BilledUntil:O}.");

    private async Task<ClosingBasis?> Basis(
        PortalDb db, List<Invoice> stored, Dictionary<int, Subscription> subscriptions, List<OpenPeriod> ending, CancellationToken cancellation)
    {
        var periods = stored.Where(draft => draft.Kind == InvoiceKind.Period).ToList();
        List<(Subscription, Period)> closings =
        [
            .. periods.Select(draft => (subscriptions[draft.SubscriptionId!.Value], new Period(draft.PeriodStart, draft.PeriodEnd))),
            .. ending.Select(one => (one.Subscription, one.Period)),
        ];
        return closings.Count == 0 ? null : await drafts.Basis(db, closings, [.. periods.Select(draft => draft.Id)], cancellation);
    }

    private sealed record OpenPeriod(Subscription Subscription, Period Period);
}
