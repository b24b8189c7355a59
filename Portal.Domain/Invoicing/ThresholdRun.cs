using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Bills usage inside a period where it has reached a threshold: all that is unbilled up to a commit, issued at once and charged.</summary>
/// <remarks>
/// Whoever follows a customer's spend asks with each change; the run finds what nobody asked for: a card that was saved later, a node that died. The
/// subscription's row is locked while a cut is made, so of two that see the same crossing the second finds nothing left, and a unique index backs it.
/// </remarks>
public sealed class ThresholdRun(
    IDbContextFactory<PortalDb> databases, Register register, SpendReader spends, DraftReader drafts, InvoiceIssuer issuer, BillingGuard guard, OutboxBell bell,
    BusinessClock clock, ILogger<ThresholdRun> log) : IClockWork, ISpendFollower
{
    /// <summary>The threshold that is proposed where none is set, in major units.</summary>
    public const decimal Proposed = 50;

    // What was billed of each customer's running period when it was looked up last. It only grows, so a stale one costs a look and nothing else.
    private readonly ConcurrentDictionary<int, (DateTimeOffset PeriodStart, long Net)> _billed = new();

    // The usage version and card with which each customer was looked at last.
    private readonly ConcurrentDictionary<int, Look> _looked = new();

    /// <summary>The threshold that holds for a customer: the lower of the agreed one and its own, in major units; null for none.</summary>
    public static decimal? Of(Customer customer, Subscription subscription, DateTimeOffset at, Func<int, RateCard> card)
    {
        ArgumentNullException.ThrowIfNull(customer);
        ArgumentNullException.ThrowIfNull(subscription);
        var terms = BillingSegment.TermsAt(customer, subscription, at, card);

        // What is paid ahead needs no invoice in between.
        return terms.PrepaidOnly ? null : customer.OwnThreshold < terms.Threshold ? customer.OwnThreshold : terms.Threshold ?? customer.OwnThreshold;
    }

    /// <inheritdoc />
    public DueQuestion NextDue()
    {
        var now = clock.GetUtcNow();
        return Wanted(now) is { Length: > 0 } wanted
            ? DueQuestion.Of(Looks(wanted), row => new Look(row.GetInt32(0), row.GetInt64(1), row.GetGuid(2)), looks => looks.Any(IsNew) ? now : null)
            : DueQuestion.Known(null);
    }

    /// <inheritdoc />
    public async Task<JobOutcome> Run(CancellationToken cancellation)
    {
        var (done, failures) = (0, new List<string>());
        foreach (var look in await Unlooked(cancellation))
        {
            var entry = register.Now.ById[look.Id];
            try
            {
                if (await spends.Current(entry, cancellation) is { } spend && await Check(entry, spend, cancellation))
                {
                    done++;
                }
            }
            catch (Exception exception) when (BillingFault.Is(exception))
            {
                log.LogError(exception, "The threshold of customer {Customer} could not be billed", entry.Customer.Key);
                failures.Add($"Customer '{entry.Customer.Key}': usage up to the threshold could not be billed. {exception.Message}");
            }

            _looked[look.Id] = look;
        }

        return new JobOutcome(done, failures);
    }

    /// <inheritdoc />
    public Task Follow(CustomerEntry entry, Spend spend, CancellationToken cancellation) => Check(entry, spend, cancellation);

    /// <summary>Looks whether a customer's unbilled usage has reached its threshold, and bills it if so.</summary>
    /// <returns>Whether an invoice was issued.</returns>
    public async Task<bool> Check(CustomerEntry entry, Spend spend, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(spend);
        if (entry.Subscription is not { } subscription || Of(entry.Customer, subscription, clock.GetUtcNow(), register.Now.Card) is not { } threshold)
        {
            return false;
        }

        var billed = _billed.TryGetValue(entry.Customer.Id, out var known) && known.PeriodStart == spend.Period.Start ? known.Net : 0;
        return new Money(spend.Usage.Minor - spend.NotBilled.Minor - billed, spend.Currency).Amount >= threshold
            && await Cut(subscription.Id, spend.Period, cancellation);
    }

    private async Task<bool> Cut(int subscriptionId, Period period, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var subscription = (await db.Subscriptions.FromSql($"SELECT *, xmin FROM subscriptions WHERE id = {subscriptionId} FOR UPDATE")
            .Include(candidate => candidate.Phases).Include(candidate => candidate.Customer).ToListAsync(cancellation)).Single();
        var (customer, now) = (subscription.Customer, clock.GetUtcNow());
        if (!period.Contains(now) || subscription.BilledUntil > period.Start || !await MayBill(db, customer.Id, cancellation)
            || Of(customer, subscription, now, register.Now.Card) is not { } threshold)
        {
            return false;
        }

        var earlier = await db.Invoices
            .Where(invoice => invoice.SubscriptionId == subscriptionId && invoice.PeriodStart == period.Start && invoice.Kind == InvoiceKind.Threshold && invoice.Status != InvoiceStatus.Void)
            .Select(invoice => new { invoice.Cut, invoice.Status, invoice.Subtotal, invoice.Discounts }).ToListAsync(cancellation);
        _billed[customer.Id] = (period.Start, earlier.Sum(invoice => invoice.Subtotal - invoice.Discounts.Sum(discount => discount.Amount)));
        if (earlier.Exists(invoice => invoice.Status == InvoiceStatus.Draft))
        {
            // One that was held back takes in what has come since when it is released.
            return false;
        }

        var content = await drafts.ToDate(db, subscription, period, draft: null, cancellation);
        if (new Money(content.Net, Currency.Of(customer.Currency)).Amount < threshold)
        {
            return false;
        }

        var invoice = drafts.Draft(InvoiceKind.Threshold, subscription, period, content, now, cut: earlier.Select(invoice => invoice.Cut).DefaultIfEmpty(0).Max() + 1);
        db.Invoices.Add(invoice);
        var parks = await guard.Check(db, [invoice], cancellation);
        await db.SaveChangesAsync(cancellation);
        if (parks.Count == 0)
        {
            await issuer.Issue(db, [invoice], Actor.System, cancellation);
        }

        await transaction.CommitAsync(cancellation);
        _billed.AddOrUpdate(customer.Id, (period.Start, content.Net), (_, before) => (period.Start, before.Net + content.Net));
        foreach (var park in parks)
        {
            await guard.Tell(park);
        }

        bell.Ring();
        return parks.Count == 0;
    }

    /// <summary>Only while a payment method is saved, and nothing about the customer's billing waits for a person.</summary>
    private static async Task<bool> MayBill(PortalDb db, int customerId, CancellationToken cancellation) =>
        await db.DefaultMethods.AnyAsync(method => method.CustomerId == customerId, cancellation)
        && !await db.BillingParks.AnyAsync(park => park.CustomerId == customerId && park.ReleasedAt == null, cancellation);

    /// <summary>Customers with a threshold and a card whose usage, or card, is another than when they were looked at last.</summary>
    private async Task<List<Look>> Unlooked(CancellationToken cancellation)
    {
        if (Wanted(clock.GetUtcNow()) is not { Length: > 0 } wanted)
        {
            return [];
        }

        await using var db = await databases.CreateDbContextAsync(cancellation);
        return [.. (await db.Database.SqlQuery<Look>(Looks(wanted)).ToListAsync(cancellation)).Where(IsNew)];
    }

    private int[] Wanted(DateTimeOffset now)
    {
        var state = register.Now;
        return [.. state.ById.Values.Where(entry => entry.Subscription is { } subscription && subscription.StartsAt <= now && Of(entry.Customer, subscription, now, state.Card) is not null)
            .Select(entry => entry.Customer.Id)];
    }

    private static FormattableString Looks(int[] customers) => $"""
        SELECT customer.id AS "Id", customer.usage_version AS "Version", method.id AS "Method"
        FROM customers customer JOIN payment_methods method ON method.customer_id = customer.id
        WHERE customer.id = ANY ({customers}) AND method.replaced_at IS NULL AND method.use = 'Default'
        """;

    private bool IsNew(Look look) => !(_looked.TryGetValue(look.Id, out var last) && last == look);

    private sealed record Look(int Id, long Version, Guid Method);
}
