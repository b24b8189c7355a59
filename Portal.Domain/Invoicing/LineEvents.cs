using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Opens an invoice's line into the events behind it: the same meter, groups and stretch of time, as known when the line was made.</summary>
public sealed class LineEvents(IDbContextFactory<PortalDb> databases, Register register, InvoiceReader invoices, EventProof proofs)
{
    /// <summary>A page of the events behind a line; none for a line without usage.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="reference">The invoice's id or number.</param>
    /// <param name="n">The line's number.</param>
    /// <param name="after">Where the page before ended; null for the first.</param>
    /// <param name="limit">The most events of the page.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The line, and what its events come to: on the first page it has the line's quantity.</returns>
    /// <exception cref="Refusal">NotFound where there is no such invoice or line; Forbidden.</exception>
    public async Task<(InvoiceLine Line, QuantityProof Proof)> Read(
        Actor actor, string reference, int n, string? after, int limit, CancellationToken cancellation)
    {
        var invoice = await invoices.Find(actor, reference, cancellation);
        var line = invoice.Lines.Find(candidate => candidate.N == n)
            ?? throw new Refusal(RefusalKind.NotFound, "not_found", $"Invoice '{reference}' has no line {n}.");
        if (line.MeterKey is not { } key || register.Now.Meter(key) is not { } meter)
        {
            return (line, new QuantityProof(0, line.Quantity, new EventPage([], null)));
        }

        await using var db = await databases.CreateDbContextAsync(cancellation);
        var subscription = await db.Subscriptions.AsNoTracking().Include(candidate => candidate.Phases)
            .SingleAsync(candidate => candidate.Id == invoice.SubscriptionId, cancellation);
        var (from, before) = line.Kind == LineKind.LateUsage
            ? (line.PeriodStart, new UsagePoint(line.PeriodEnd, await VersionBefore(db, invoice, line, cancellation)))
            : (invoice.PeriodStart, await BilledToDate(db, invoice, line, meter, cancellation) ?? new UsagePoint(line.PeriodStart, invoice.UsageVersion));
        var claim = new QuantityClaim(
            invoice.CustomerId, meter, TakenBy(subscription, line, meter), from, before, new UsagePoint(line.PeriodEnd, invoice.UsageVersion),
            BillingPeriods.NominalLength(register.Now.ById[invoice.CustomerId].Customer, subscription, Billed(invoice, line)));
        return (line, await proofs.Read(claim, after, limit, cancellation));
    }

    /// <summary>The billing period that a line's usage belongs to: late usage belongs to one that was billed before.</summary>
    private static Period Billed(Invoice invoice, InvoiceLine line) => line.Kind == LineKind.LateUsage
        ? new Period(line.PeriodStart, line.PeriodEnd)
        : new Period(invoice.PeriodStart, invoice.PeriodEnd);

    /// <summary>The usage version up to which the line's period had been billed before.</summary>
    private static async Task<long> VersionBefore(PortalDb db, Invoice invoice, InvoiceLine line, CancellationToken cancellation) =>
        await db.Invoices.Where(earlier => earlier.CustomerId == invoice.CustomerId && earlier.Id != invoice.Id && earlier.UsageVersion <= invoice.UsageVersion
                && earlier.Lines.Any(billed => billed.PeriodStart < line.PeriodEnd && billed.PeriodEnd > line.PeriodStart && billed.PriceKey == line.PriceKey))
            .MaxAsync(earlier => (long?)earlier.UsageVersion, cancellation) ?? 0;

    /// <summary>The point up to which invoices at a threshold had billed a line's price in its period before; null where none had.</summary>
    private static async Task<UsagePoint?> BilledToDate(PortalDb db, Invoice invoice, InvoiceLine line, Meter meter, CancellationToken cancellation)
    {
        var last = await db.Invoices
            .Where(earlier => earlier.SubscriptionId == invoice.SubscriptionId && earlier.PeriodStart == invoice.PeriodStart && earlier.Kind == InvoiceKind.Threshold
                && earlier.Status != InvoiceStatus.Void && (invoice.Kind != InvoiceKind.Threshold || earlier.Cut < invoice.Cut))
            .SelectMany(earlier => earlier.Lines, (earlier, billed) => new { earlier.Cut, earlier.UsageVersion, Line = billed })
            .Where(billed => billed.Line.PriceKey == line.PriceKey && billed.Line.MeterKey == line.MeterKey)
            .OrderByDescending(billed => billed.Cut).ThenByDescending(billed => billed.Line.PeriodEnd)
            .Select(billed => new { billed.UsageVersion, billed.Line.PeriodEnd }).FirstOrDefaultAsync(cancellation);

        // A level was billed for the time that had passed; other usage by what was known, whenever it happened.
        return last is null ? null : new UsagePoint(meter.Aggregation == Aggregation.WeightedSum ? last.PeriodEnd : line.PeriodEnd, last.UsageVersion);
    }

    /// <summary>Which groups of its meter a line bills.</summary>
    internal Func<IReadOnlyList<string>, bool> TakenBy(Subscription subscription, InvoiceLine line, Meter meter)
    {
        // The prices at the end of the stretch are those that rated it.
        var at = line.PeriodEnd.AddTicks(-1);
        var prices = BillingSegment.PricesAt(subscription.PhaseAt(at), at, register.Now.Card);
        return prices.FirstOrDefault(price => price.Key == line.PriceKey) is { } price
            ? group => PriceAllocation.Takes(price, prices, meter, group)
            : group => PriceAllocation.Matches(line.Group, meter, group);
    }
}
