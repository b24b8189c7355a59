using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Limits;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using DateTimeZone = NodaTime.DateTimeZone;

namespace Portal.Domain.Invoicing;

/// <summary>What an invoice says, before it is stored or numbered.</summary>
/// <param name="Lines">Its lines, in order.</param>
/// <param name="Discounts">What is taken off their sum.</param>
/// <param name="UsageVersion">The customer's usage version up to which events are on it.</param>
/// <param name="CapBound">The cap's bound that the period's usage was held to, in major units; null without a cap.</param>
public sealed record InvoiceContent(List<InvoiceLine> Lines, List<InvoiceDiscount> Discounts, long UsageVersion, decimal? CapBound)
{
    /// <summary>Sum of the lines, minor units.</summary>
    public long Subtotal => Lines.Sum(line => line.Amount);

    /// <summary>What was billed by hand and is among the lines.</summary>
    internal IReadOnlyList<Guid> OneOffs { get; init; } = [];

    /// <summary>The lines less discounts, minor units.</summary>
    public long Net => Subtotal - Discounts.Sum(discount => discount.Amount);

    internal static InvoiceContent Of(DraftedLines drafted, long usageVersion, decimal? capBound) => new(drafted.Lines, drafted.Discounts, usageVersion, capBound);
}

/// <summary>Reads what an invoice has to bill: the period's spend, the fees ahead, late usage before it, less what is billed already.</summary>
public sealed class DraftReader(Register register, SpendReader spends, UsageReader usage, UsageSpans spans, PortalOptions options)
{
    /// <summary>What the invoice that closes a period says.</summary>
    /// <param name="db">Where invoices are read; the transaction of a run sees its own.</param>
    /// <param name="subscription">With its customer and phases.</param>
    /// <param name="period">The period.</param>
    /// <param name="draft">The draft that is made anew; null for a new one, which is held to the cap of now.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<InvoiceContent> Closing(PortalDb db, Subscription subscription, Period period, Invoice? draft, CancellationToken cancellation) =>
        Closing(db, subscription, period, draft, planned: [], cancellation);

    /// <summary>The same, as if other invoices had been made by then: for whoever asks what a change would cost.</summary>
    internal async Task<InvoiceContent> Closing(
        PortalDb db, Subscription subscription, Period period, Invoice? draft, IReadOnlyList<Invoice> planned, CancellationToken cancellation)
    {
        await using var basis = await Basis(db, [(subscription, period)], draft is null ? [] : [draft.Id], cancellation);
        return await Closing(db, subscription, period, draft, planned, basis, cancellation);
    }

    /// <summary>Reads what the closing invoices of some subscriptions are made of.</summary>
    /// <param name="db">Where invoices are read; the transaction of a run sees its own.</param>
    /// <param name="closings">The subscriptions, with customers and phases, and the periods.</param>
    /// <param name="drafts">Their drafts that are made anew.</param>
    /// <param name="cancellation">Gives up.</param>
    internal async Task<ClosingBasis> Basis(
        PortalDb db, IReadOnlyList<(Subscription Subscription, Period Period)> closings, Guid[] drafts, CancellationToken cancellation)
    {
        var customers = closings.Select(closing => closing.Subscription.CustomerId).Distinct().ToArray();
        var moment = await usage.Snapshot(cancellation);
        try
        {
            var versions = await moment.Versions(customers, cancellation);
            var others = (await Others(db, customers, closings.Min(closing => closing.Period.Start), cancellation)).ToLookup(invoice => invoice.CustomerId);
            var byHand = (await OneOffWriter.Waiting(db, customers, drafts).ToListAsync(cancellation)).ToLookup(line => line.CustomerId);
            var basis = new ClosingBasis(moment, versions, others, byHand);
            var late = closings.SelectMany(closing => others[closing.Subscription.CustomerId]
                .Where(invoice => invoice.SubscriptionId == closing.Subscription.Id && MayHaveLateUsage(invoice, closing.Period, basis))
                .Select(invoice => (closing.Subscription, new Period(invoice.PeriodStart, invoice.PeriodEnd))));
            await spans.Fetch(moment, [.. closings.Concat(late).SelectMany(closing => SpansOf(closing.Subscription, closing.Item2))], cancellation);
            return basis;
        }
        catch
        {
            await moment.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the invoice that closes a period says, of what was read for several.</summary>
    internal async Task<InvoiceContent> Closing(
        PortalDb db, Subscription subscription, Period period, Invoice? draft, IReadOnlyList<Invoice> planned, ClosingBasis basis, CancellationToken cancellation)
    {
        var (customer, zone, moment) = (subscription.Customer, TimeZones.Find(subscription.Customer.TimeZone)!, basis.Moment);
        var bound = draft is null ? BoundNow(customer.Id) : draft.CapBound;
        List<Invoice> others = [.. basis.Others(customer.Id, since: period.Start - Window, draft?.Id), .. planned];
        var closing = Billed(await Spend(customer, subscription, period, bound, moment, cancellation), others, subscription.Id, zone);
        var ahead = Ahead(subscription, period) is { } next
            ? Billed(spends.FeesInAdvance(customer, subscription, next), others, subscription.Id, zone)
            : null;

        var earlier = new List<BilledPeriod>();
        foreach (var closed in others.Where(invoice => MayHaveLateUsage(invoice, period, basis)).OrderBy(invoice => invoice.PeriodStart))
        {
            var its = closed.SubscriptionId == subscription.Id ? subscription : await Subscription(db, closed.SubscriptionId!.Value, cancellation);
            var past = new Period(closed.PeriodStart, closed.PeriodEnd);
            earlier.Add(Billed(await Spend(customer, its, past, closed.CapBound, moment, cancellation), others, its.Id, zone));
        }

        var drafted = InvoiceDraft.Close(closing, ahead, earlier);
        var byHand = basis.ByHand(customer.Id);
        foreach (var line in byHand)
        {
            drafted.Lines.Add(SingleInvoice.LineOf(drafted.Lines.Count + 1, line.Description, new Money(line.Amount, Currency.Of(line.Currency)), period));
        }

        return InvoiceContent.Of(drafted, basis.VersionOf(customer.Id), bound) with { OneOffs = [.. byHand.Select(line => line.Id)] };
    }

    /// <summary>What an invoice for the fees in advance of an open period says; without lines where they are billed already.</summary>
    /// <param name="db">Where invoices are read.</param>
    /// <param name="subscription">With its customer and phases.</param>
    /// <param name="period">The period.</param>
    /// <param name="draft">The draft that is made anew; null for a new one.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<InvoiceContent> Fees(PortalDb db, Subscription subscription, Period period, Invoice? draft, CancellationToken cancellation) =>
        Fees(db, subscription, period, draft, planned: [], at: null, cancellation);

    /// <summary>The same at an instant to come, as if other invoices had been made by then.</summary>
    internal async Task<InvoiceContent> Fees(
        PortalDb db, Subscription subscription, Period period, Invoice? draft, IReadOnlyList<Invoice> planned, DateTimeOffset? at, CancellationToken cancellation)
    {
        var customer = subscription.Customer;
        var fees = spends.FeesInAdvance(customer, subscription, period, at);
        var version = await UsageVersion(db, customer.Id, cancellation);
        if (fees.Charges.Count == 0)
        {
            return new InvoiceContent([], [], version, null);
        }

        List<Invoice> others = [.. await Others(db, customer.Id, period.Start, draft?.Id, cancellation), .. planned];
        return InvoiceContent.Of(InvoiceDraft.Fees(Billed(fees, others, subscription.Id, TimeZones.Find(customer.TimeZone)!)), version, null);
    }

    /// <summary>What an invoice at a threshold says: usage of a running period as of now that no invoice has billed yet.</summary>
    /// <param name="db">Where invoices are read.</param>
    /// <param name="subscription">With its customer and phases.</param>
    /// <param name="period">The period.</param>
    /// <param name="draft">The draft that is made anew; null for a new one.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<InvoiceContent> ToDate(PortalDb db, Subscription subscription, Period period, Invoice? draft, CancellationToken cancellation)
    {
        var customer = subscription.Customer;
        await using var moment = await usage.Snapshot(cancellation);
        var version = await moment.Version(customer.Id, cancellation);
        var others = await Others(db, customer.Id, period.Start, draft?.Id, cancellation);
        var spend = await spends.ToDate(register.Now.ById[customer.Id] with { Customer = customer }, subscription, period, moment, cancellation);
        var billed = Billed(spend, others, subscription.Id, TimeZones.Find(customer.TimeZone)!);
        return InvoiceContent.Of(InvoiceDraft.ToDate(billed, moment.At), version, null);
    }

    /// <summary>An invoice of this content, for the terms that hold at the end of its period.</summary>
    /// <param name="kind">Why it exists.</param>
    /// <param name="subscription">With its customer and phases.</param>
    /// <param name="period">The period that it bills.</param>
    /// <param name="content">What it says.</param>
    /// <param name="now">Business time.</param>
    /// <param name="finalizeAt">When it is issued by itself; null for at once.</param>
    /// <param name="cut">Tells invoices of one kind and period apart.</param>
    public Invoice Draft(
        InvoiceKind kind, Subscription subscription, Period period, InvoiceContent content, DateTimeOffset now, DateTimeOffset? finalizeAt = null, int cut = 0)
    {
        var customer = subscription.Customer;
        var terms = TermsAt(customer, subscription, period.End.AddTicks(-1));
        var invoice = new Invoice
        {
            Kind = kind,
            Status = InvoiceStatus.Draft,
            CustomerId = customer.Id,
            Customer = customer,
            SubscriptionId = subscription.Id,
            Cut = cut,
            Currency = customer.Currency,
            PeriodStart = period.Start,
            PeriodEnd = period.End,
            UsageVersion = content.UsageVersion,
            Subtotal = content.Subtotal,
            Discounts = content.Discounts,
            Total = 0,
            DraftedAt = now,
            FinalizeAt = finalizeAt ?? now,
            CapBound = content.CapBound,
            Collection = terms.Collection,
            NetDays = terms.NetDays,
            TaxIncluded = terms.TaxIncluded,
        };
        invoice.Lines.AddRange(content.Lines);
        invoice.Take(invoice.Plan(invoice.Lines, [], TreatmentOf(customer), now));
        return invoice;
    }

    /// <summary>When the next fee in advance begins inside a period; null where none does.</summary>
    internal DateTimeOffset? NextFee(Subscription subscription, Period period, DateTimeOffset after) => spends.NextFee(subscription, period, after);

    /// <summary>How a subscription's customer is billed at an instant: its own terms, else those of its card.</summary>
    internal BillingTerms TermsAt(Customer customer, Subscription subscription, DateTimeOffset at) =>
        BillingSegment.TermsAt(customer, subscription, at, register.Now.Card);

    /// <summary>How a customer is taxed now; null for no tax at all.</summary>
    internal TaxTreatment? TreatmentOf(Customer customer) => TaxTreatment.Of(customer, register.Now.Company, register.Now.TaxRates);

    // An event may come in this long after it happened, and be taken back as long after that: no period that ended before can still change.
    private TimeSpan Window => 2 * TimeSpan.FromDays(options.Ingest.DedupeDays);

    private Task<Spend> Spend(Customer customer, Subscription subscription, Period period, decimal? bound, UsageSnapshot moment, CancellationToken cancellation)
    {
        // A bound is the same as a hard cap of that amount: what the cap was when the period closed holds, not what it became.
        var limit = bound is { } amount
            ? new SpendingLimit { CustomerId = customer.Id, Amount = amount, Kind = LimitKind.Hard, SoftPercent = 0, Alerts = [], Enforced = true }
            : null;
        return spends.Of(register.Now.ById[customer.Id] with { Customer = customer, Limit = limit }, subscription, period, moment, cancellation);
    }

    private decimal? BoundNow(int customerId) =>
        register.Now.ById.GetValueOrDefault(customerId)?.Limit is { Enforced: true } limit ? limit.Bound : null;

    // Whose prices cannot be read steps aside when it is billed, and not with all the others here.
    private List<UsageSpan> SpansOf(Subscription subscription, Period period)
    {
        try
        {
            return [.. spends.SpansOf(subscription, period)];
        }
        catch (Exception exception) when (BillingFault.Is(exception))
        {
            return [];
        }
    }

    private static Period? Ahead(Subscription subscription, Period period) => BillingPeriods.At(subscription.Customer, subscription, period.End);

    /// <summary>A closed period whose invoice stands, and whose usage has changed since. A draft will take its late usage in itself; a period that was voided is not billed, late or not.</summary>
    private static bool MayHaveLateUsage(Invoice invoice, Period closing, ClosingBasis basis) =>
        invoice.ClosesPeriod && invoice.PeriodEnd <= closing.Start && invoice.Status != InvoiceStatus.Draft
        && (invoice.Status != InvoiceStatus.Void || invoice.Lines.Count == 0)
        && invoice.UsageVersion < basis.LateVersionOf(invoice.CustomerId);

    /// <summary>A period with what its subscription's invoices have billed of it.</summary>
    private static BilledPeriod Billed(Spend spend, List<Invoice> invoices, int subscriptionId, DateTimeZone zone)
    {
        var standing = invoices.Where(invoice => invoice.SubscriptionId == subscriptionId && invoice.Status != InvoiceStatus.Void).ToList();
        return new BilledPeriod(
            spend,
            [.. standing.SelectMany(invoice => invoice.Lines).Where(line => spend.Period.Contains(line.PeriodStart))],
            [.. standing.SelectMany(invoice => invoice.Discounts).Where(discount => spend.Period.Contains(discount.PeriodStart))],
            PeriodName.Of(spend.Period, zone));
    }

    /// <summary>Invoices of subscriptions that bill from an instant on, with what they bill from there on; where usage of a closed period has changed, those before it too, whole.</summary>
    private async Task<List<Invoice>> Others(PortalDb db, int[] customers, DateTimeOffset since, CancellationToken cancellation)
    {
        var first = since - Window;
        var all = db.Invoices.AsNoTracking().Where(invoice => customers.Contains(invoice.CustomerId) && invoice.SubscriptionId != null && invoice.PeriodEnd >= first);
        var late = await all.Where(invoice => invoice.UsageVersion < invoice.Customer.LateVersion).Select(invoice => invoice.CustomerId).Distinct().ToListAsync(cancellation);
        var invoices = await all.Where(invoice => invoice.PeriodEnd >= since || late.Contains(invoice.CustomerId)).ToListAsync(cancellation);
        var (ids, whole) = (invoices.ConvertAll(invoice => invoice.Id), invoices.Where(invoice => late.Contains(invoice.CustomerId)).Select(invoice => invoice.Id).ToList());
        var lines = (await db.InvoiceLines.AsNoTracking()
            .Where(line => ids.Contains(line.InvoiceId) && (line.PeriodStart >= since || whole.Contains(line.InvoiceId)))
            .OrderBy(line => line.N).ToListAsync(cancellation)).ToLookup(line => line.InvoiceId);
        foreach (var invoice in invoices)
        {
            invoice.Lines.AddRange(lines[invoice.Id]);
        }

        return invoices;
    }

    private static Task<List<Invoice>> Others(PortalDb db, int customerId, DateTimeOffset since, Guid? self, CancellationToken cancellation) =>
        db.Invoices.AsNoTracking().Include(invoice => invoice.Lines)
            .Where(invoice => invoice.CustomerId == customerId && invoice.SubscriptionId != null && invoice.PeriodEnd >= since && invoice.Id != self)
            .ToListAsync(cancellation);

    private static Task<Subscription> Subscription(PortalDb db, int id, CancellationToken cancellation) =>
        db.Subscriptions.AsNoTracking().Include(subscription => subscription.Phases).Include(subscription => subscription.Customer)
            .SingleAsync(subscription => subscription.Id == id, cancellation);

    private static Task<long> UsageVersion(PortalDb db, int customerId, CancellationToken cancellation) =>
        db.Customers.Where(customer => customer.Id == customerId).Select(customer => customer.UsageVersion).SingleAsync(cancellation);
}
