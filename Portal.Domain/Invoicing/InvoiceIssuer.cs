using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Credits;
using Portal.Domain.Ledger;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Turns drafts into invoices: their lines made anew, their numbers, their mails.</summary>
public sealed class InvoiceIssuer(DraftReader drafts, InvoiceMail mails, BusinessClock clock)
{
    /// <summary>Reads what drafts are made anew from, in one go.</summary>
    /// <param name="db">A transaction that holds the drafts' rows.</param>
    /// <param name="due">The drafts, with their customers.</param>
    /// <param name="cancellation">Gives up.</param>
    internal async Task<DraftBasis> Gather(PortalDb db, IReadOnlyList<Invoice> due, CancellationToken cancellation)
    {
        var (ids, numbers) = (due.Select(draft => draft.Id).ToList(), due.Select(draft => draft.SubscriptionId).Distinct().ToList());
        var subscriptions = await db.Subscriptions.Include(candidate => candidate.Phases)
            .Where(candidate => numbers.Contains(candidate.Id)).ToDictionaryAsync(candidate => candidate.Id, cancellation);
        var lines = (await db.InvoiceLines.Where(line => ids.Contains(line.InvoiceId)).OrderBy(line => line.N)
            .Select(line => new
            {
                line.InvoiceId,
                Says = new LineFigures(
                    line.N, line.Kind, line.PriceKey, line.MeterKey, line.Description, line.Unit, line.Quantity, line.Included, line.Amount, line.Exact, line.PeriodStart, line.PeriodEnd),
            })
            .ToListAsync(cancellation)).ToLookup(line => line.InvoiceId, line => line.Says);
        var periods = due.Where(draft => draft.Kind == InvoiceKind.Period).ToList();
        if (periods.Count == 0)
        {
            return new DraftBasis(subscriptions, lines, null);
        }

        await OneOffWriter.Lock(db, [.. periods.Select(draft => draft.CustomerId)], cancellation);
        var closings = periods.ConvertAll(draft => (subscriptions[draft.SubscriptionId!.Value], new Period(draft.PeriodStart, draft.PeriodEnd)));
        return new DraftBasis(subscriptions, lines, await drafts.Basis(db, closings, [.. periods.Select(draft => draft.Id)], cancellation));
    }

    /// <summary>Makes a draft's lines anew from usage as it is now. One without lines is withdrawn: there is nothing to bill.</summary>
    /// <param name="db">A transaction that holds the draft's row.</param>
    /// <param name="draft">The draft, with its customer, without its lines.</param>
    /// <param name="basis">What was gathered for it, maybe with others.</param>
    /// <param name="cancellation">Gives up; nothing is stored then.</param>
    /// <returns>Whether there is anything to issue.</returns>
    internal async Task<bool> Remake(PortalDb db, Invoice draft, DraftBasis basis, CancellationToken cancellation)
    {
        var content = await Says(db, draft, basis.Subscriptions[draft.SubscriptionId!.Value], basis.Closing, cancellation);
        if (!basis.Lines[draft.Id].SequenceEqual(content.Lines.Select(LineFigures.Of)))
        {
            await db.InvoiceLines.Where(line => line.InvoiceId == draft.Id).ExecuteDeleteAsync(cancellation);
            draft.Lines.AddRange(content.Lines);
        }

        if (content.OneOffs.Count > 0)
        {
            await db.OneOffLines.Where(line => content.OneOffs.Contains(line.Id)).ExecuteUpdateAsync(lines => lines.SetProperty(line => line.InvoiceId, draft.Id), cancellation);
        }

        return Take(draft, content);
    }

    /// <summary>What a draft says by usage as it is now.</summary>
    /// <param name="db">Where other invoices are read.</param>
    /// <param name="draft">The draft, with its customer.</param>
    /// <param name="subscription">What it bills, with phases.</param>
    /// <param name="closing">What one that closes a period is made of; null for others.</param>
    /// <param name="cancellation">Gives up.</param>
    internal Task<InvoiceContent> Says(PortalDb db, Invoice draft, Subscription subscription, ClosingBasis? closing, CancellationToken cancellation)
    {
        var period = new Period(draft.PeriodStart, draft.PeriodEnd);
        return draft.Kind switch
        {
            InvoiceKind.Period => drafts.Closing(db, subscription, period, draft, planned: [], closing!, cancellation),
            InvoiceKind.Threshold => drafts.ToDate(db, subscription, period, draft, cancellation),
            _ => drafts.Fees(db, subscription, period, draft, cancellation),
        };
    }

    /// <summary>Takes over what a draft says now, before credits. One that is worth nothing is withdrawn.</summary>
    /// <returns>Whether there is anything to issue.</returns>
    internal bool Take(Invoice draft, InvoiceContent content)
    {
        draft.UsageVersion = content.UsageVersion;
        draft.Subtotal = content.Subtotal;
        draft.Discounts = content.Discounts;
        draft.Take(draft.Plan(content.Lines, [], drafts.TreatmentOf(draft.Customer), clock.GetUtcNow()));

        // At a threshold, what is worth no money waits for the invoice that closes the period.
        var isWorthIt = draft.Kind == InvoiceKind.Threshold ? content.Net > 0 : content.Lines.Count > 0;
        draft.Status = isWorthIt ? draft.Status : InvoiceStatus.Void;
        return isWorthIt;
    }

    /// <summary>What issuing would make of a draft: what credits take off and pay, and what open credit notes pay. Nothing is stored.</summary>
    /// <param name="draft">The draft, with its lines: it is changed.</param>
    /// <param name="grants">What its customer has left: what it uses is taken off.</param>
    /// <param name="open">The customer's open invoices and credit notes, which it joins.</param>
    internal void Foresee(Invoice draft, IReadOnlyList<CreditGrant> grants, List<Invoice> open)
    {
        var now = clock.GetUtcNow();
        var plan = MayUseCredits(draft) ? UseCredits(draft, draft.Lines, grants, now) : null;
        draft.Kind = KindOf(draft);
        draft.Status = StatusOf(draft);
        if (plan is { Paid: > 0 })
        {
            draft.Receive(PaymentBy(plan, now));
        }

        CreditOffset.Apply(open, [draft], now, (_, _) => { });
        open.Add(draft);
    }

    /// <summary>Numbers and dates drafts, writes their mails and what they leave in the audit. The caller commits at once: the counter is locked from here on.</summary>
    /// <param name="db">A transaction that holds the drafts' rows, with all other changes stored.</param>
    /// <param name="issued">The drafts, with their customers, in the order of their numbers.</param>
    /// <param name="actor">Who issues them.</param>
    /// <param name="cancellation">Gives up; nothing is stored then.</param>
    public async Task Issue(PortalDb db, IReadOnlyList<Invoice> issued, Actor actor, CancellationToken cancellation)
    {
        var plans = await UseCredits(db, issued, cancellation);
        var seller = (await db.Companies.AsNoTracking().SingleOrDefaultAsync(cancellation))?.Details;
        var credits = await CreditOffset.Open(db, [.. issued.Select(invoice => invoice.CustomerId)], cancellation);

        foreach (var invoice in issued)
        {
            invoice.Kind = KindOf(invoice);
        }

        foreach (var series in issued.GroupBy(invoice => NumberSeries.NameFor(invoice.Kind)).OrderBy(series => series.Key, StringComparer.Ordinal))
        {
            var invoices = series.ToList();
            var number = await NumberSeries.Take(db, series.Key, invoices.Count, cancellation);

            // The clock is read under the counter's lock, so that a later number never has an earlier date.
            var now = clock.GetUtcNow();
            foreach (var invoice in invoices)
            {
                Issue(db, invoice, NumberSeries.Format(series.Key, number++), seller, actor, now);
                Book(db, invoice, plans.GetValueOrDefault(invoice.Id), now);
                db.Outbox.AddRange(mails.Issued(invoice, now));
                db.WebhookEvents.Add(InvoiceNews.Of(WebhookTypes.InvoiceFinalized, invoice, now));
                if (invoice.Prepaid > 0 && invoice.Due == 0)
                {
                    db.WebhookEvents.Add(InvoiceNews.Of(WebhookTypes.InvoicePaid, invoice, now));
                }
            }
        }

        // What sells credits is paid by the money that has just come in, and by nothing else.
        CreditOffset.Apply(
            credits, [.. issued.Where(invoice => invoice.Kind != InvoiceKind.CreditTopup)], clock.GetUtcNow(), (invoice, payment) => Journal.Offset(db, invoice, payment));
        await db.SaveChangesAsync(cancellation);
    }

    private static void Issue(PortalDb db, Invoice invoice, string number, CompanyDetails? seller, Actor actor, DateTimeOffset now)
    {
        invoice.Number = number;
        invoice.Parties = new InvoiceParties(seller, Buyer.Of(invoice.Customer));
        invoice.IssuedAt = now;

        // Net days are days of the customer: 14 times 24 hours over a day of 25 would end on the 13th.
        invoice.DueAt = TimeZones.Find(invoice.Customer.TimeZone)!.SameTimeAfter(now, invoice.NetDays);
        invoice.Status = StatusOf(invoice);
        invoice.ChargeAt = invoice.Status == InvoiceStatus.Finalized && invoice.Total > 0 && invoice.Collection == BillingTerms.Charge && invoice.Kind != InvoiceKind.CreditTopup ? now : null;
        Journal.Issued(db, invoice);
        db.AuditEntries.Add(AuditEntry.Of(actor, now, invoice.CustomerId, "invoice.finalized", number, AmountText.Of(invoice, invoice.Total)));
    }

    /// <summary>Takes credits for what is issued. The grants stay locked: two invoices of a customer never use the same.</summary>
    private async Task<Dictionary<Guid, CreditPlan>> UseCredits(PortalDb db, IReadOnlyList<Invoice> issued, CancellationToken cancellation)
    {
        var customers = issued.Where(MayUseCredits).Select(invoice => invoice.CustomerId).Distinct().ToArray();
        var grants = (await db.CreditGrants.FromSql($"""
            SELECT * FROM credit_grants WHERE customer_id = ANY ({customers}) AND "left" > 0 ORDER BY customer_id, id FOR UPDATE
            """).ToListAsync(cancellation)).ToLookup(grant => grant.CustomerId);
        var (now, plans) = (clock.GetUtcNow(), new Dictionary<Guid, CreditPlan>());
        foreach (var invoice in issued.Where(invoice => MayUseCredits(invoice) && grants[invoice.CustomerId].Any()))
        {
            var lines = await db.InvoiceLines.AsNoTracking().Where(line => line.InvoiceId == invoice.Id).ToListAsync(cancellation);
            plans.Add(invoice.Id, UseCredits(invoice, lines, grants[invoice.CustomerId], now));
        }

        return plans;
    }

    private CreditPlan UseCredits(Invoice invoice, IEnumerable<InvoiceLine> lines, IEnumerable<CreditGrant> grants, DateTimeOffset now)
    {
        var plan = invoice.Plan(lines, [.. grants.Where(grant => grant.Currency == invoice.Currency)], drafts.TreatmentOf(invoice.Customer), now);
        invoice.Take(plan);
        foreach (var use in plan.Uses)
        {
            use.Grant.Left -= use.Amount;
        }

        return plan;
    }

    // A period that comes to less than nothing gives money back.
    private static InvoiceKind KindOf(Invoice invoice) => invoice.Total < 0 ? InvoiceKind.CreditNote : invoice.Kind;

    private static InvoiceStatus StatusOf(Invoice invoice) => invoice.Total == 0 ? InvoiceStatus.Paid : InvoiceStatus.Finalized;

    private static Payment PaymentBy(CreditPlan plan, DateTimeOffset now) =>
        new() { Amount = plan.Paid, Method = Payment.Prepaid, ReceivedAt = now, RecordedBy = Actor.System.Name };

    // Credits do not buy credits.
    private static bool MayUseCredits(Invoice invoice) => invoice.Total > 0 && invoice.Kind != InvoiceKind.CreditTopup;

    /// <summary>Writes down what credits did, now that the invoice has its number.</summary>
    private static void Book(PortalDb db, Invoice invoice, CreditPlan? plan, DateTimeOffset now)
    {
        if (plan is null)
        {
            return;
        }

        db.CreditMoves.AddRange(plan.Uses.Select(use => new CreditMove
        {
            GrantId = use.Grant.Id, CustomerId = invoice.CustomerId, Kind = CreditMoveKind.Used, Amount = use.Amount, Invoice = invoice.Number, At = now,
        }));
        if (plan.Paid > 0)
        {
            var payment = PaymentBy(plan, now);
            invoice.Receive(payment);
            Journal.Received(db, invoice, payment);
            invoice.ChargeAt = invoice.Due > 0 ? invoice.ChargeAt : null;
        }
    }
}

/// <summary>What drafts are made anew from.</summary>
/// <param name="Subscriptions">Their subscriptions, with phases.</param>
/// <param name="Lines">What their lines say as they are stored, in order.</param>
/// <param name="Closing">What those that close a period are made of; null where none does.</param>
internal sealed record DraftBasis(IReadOnlyDictionary<int, Subscription> Subscriptions, ILookup<Guid, LineFigures> Lines, ClosingBasis? Closing) : IAsyncDisposable
{
    /// <inheritdoc />
    public ValueTask DisposeAsync() => Closing?.DisposeAsync() ?? ValueTask.CompletedTask;
}
