using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Tells what billing will do before it does: the invoices to come, made by the code that makes them, and which of them are held. It reads, and changes nothing.</summary>
public sealed class BillingPreviewReader(IDbContextFactory<PortalDb> databases, Register register, InvoiceForesight foresight, InvoiceIssuer issuer, BillingGuard guard, BusinessClock clock)
{
    /// <summary>How far a preview looks ahead where nothing else is asked for: every monthly period ends within it.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromDays(31);

    // As many customers as one query reads, as billing does, and one step of the progress.
    private const int AtOnce = 50;

    // The database reads for some while others are rated.
    private const int Lanes = 2;

    /// <summary>The keys of the customers for whom an invoice is made until an instant, or waits as a draft; in order.</summary>
    /// <exception cref="Refusal">Forbidden.</exception>
    public async Task<IReadOnlyList<string>> Customers(Actor actor, DateTimeOffset until, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadCustomers);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var ids = await InvoiceForesight.Due(db, until).Select(subscription => subscription.CustomerId)
            .Union(InvoiceForesight.Drafts(db).Select(draft => draft.CustomerId)).ToListAsync(cancellation);
        var state = register.Now;
        return [.. ids.Where(state.ById.ContainsKey).Select(id => state.ById[id].Customer.Key).Order(StringComparer.Ordinal)];
    }

    /// <summary>What billing will do for some customers.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="customers">Their keys, as <see cref="Customers"/> tells them.</param>
    /// <param name="until">Invoices that are made until then.</param>
    /// <param name="progress">Told of how many customers it has come; null where nobody watches.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">NotFound; Forbidden.</exception>
    public async Task<BillingPreview> Read(Actor actor, IReadOnlyList<string> customers, DateTimeOffset until, IProgress<int>? progress, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadCustomers);
        var state = register.Now;
        var now = clock.GetUtcNow();
        var chunks = customers.Select(key => state.Customer(actor, Permission.ReadBilling, key).Customer.Id).Chunk(AtOnce).ToList();
        var found = new IReadOnlyList<ComingInvoice>[chunks.Count];
        var done = 0;
        await Parallel.ForEachAsync(chunks.Index(), new ParallelOptions { MaxDegreeOfParallelism = Lanes, CancellationToken = cancellation }, async (chunk, turn) =>
        {
            found[chunk.Index] = await Of(chunk.Item, until, turn);
            progress?.Report(Interlocked.Add(ref done, chunk.Item.Length));
        });
        return new BillingPreview(now, until, [.. found.SelectMany(some => some)]);
    }

    /// <summary>What issuing would make of some customers' drafts now, by the drafts' ids.</summary>
    /// <exception cref="Refusal">NotFound; Forbidden.</exception>
    public async Task<IReadOnlyDictionary<Guid, ComingInvoice>> Drafts(Actor actor, IReadOnlyList<string> customers, CancellationToken cancellation) =>
        (await Read(actor, customers, clock.GetUtcNow(), null, cancellation)).Invoices.Where(coming => coming.Draft is not null).ToDictionary(coming => coming.Draft!.Value);

    /// <summary>As the runs do: where some cannot be made, each is tried alone, and holds up no other.</summary>
    private async Task<IReadOnlyList<ComingInvoice>> Of(int[] customers, DateTimeOffset until, CancellationToken cancellation)
    {
        try
        {
            return await Foresee(customers, until, cancellation);
        }
        catch (Exception exception) when (BillingFault.Is(exception))
        {
            if (customers is [var alone])
            {
                return [new ComingInvoice(register.Now.ById[alone].Customer, ComingState.Failing, BillingFault.Reason(exception))];
            }

            var each = new List<ComingInvoice>();
            foreach (var customer in customers)
            {
                each.AddRange(await Of([customer], until, cancellation));
            }

            return each;
        }
    }

    private async Task<List<ComingInvoice>> Foresee(int[] customers, DateTimeOffset until, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var made = (await foresight.Make(db, customers, until, cancellation)).ToLookup(one => one.Invoice.CustomerId);
        var suspicions = await guard.Suspicions(db, [.. made.SelectMany(own => own).Where(one => one.IsWorthIt).Select(one => one.Invoice)], cancellation);
        var parks = await db.BillingParks.Where(park => customers.Contains(park.CustomerId) && park.ReleasedAt == null).ToDictionaryAsync(park => park.CustomerId, park => park.Reason, cancellation);
        var grants = (await db.CreditGrants.Where(grant => customers.Contains(grant.CustomerId) && grant.Left > 0).OrderBy(grant => grant.Id).ToListAsync(cancellation)).ToLookup(grant => grant.CustomerId);
        var open = (await CreditOffset.Open(db, customers, cancellation)).ToLookup(invoice => invoice.CustomerId);
        var previous = await Previous(db, customers, cancellation);

        var coming = new List<ComingInvoice>();
        foreach (var customer in customers)
        {
            var (left, owed, before) = (grants[customer].ToList(), open[customer].ToList(), previous.GetValueOrDefault(customer));
            foreach (var one in made[customer].OrderBy(one => one.Invoice.FinalizeAt))
            {
                var closes = one.Invoice.ClosesPeriod;
                var (state, why) = StateOf(one, parks.GetValueOrDefault(customer), suspicions.GetValueOrDefault(one.Invoice.Id));
                if (one.IsWorthIt)
                {
                    issuer.Foresee(one.Invoice, left, owed);
                }

                coming.Add(ComingInvoice.Of(one, register.Now.ById[customer].Customer, state, why, closes ? before : null));
                before = closes ? PreviousInvoice.Of(one.Invoice) : before;
            }
        }

        return coming;
    }

    private (ComingState State, string? Why) StateOf(ForeseenInvoice one, string? parked, string? suspicion)
    {
        var now = clock.GetUtcNow();
        return one switch
        {
            { IsWorthIt: false } => (ComingState.Empty, null),
            _ when parked is not null => (ComingState.Parked, parked),
            _ when suspicion is not null => (ComingState.Suspicious, suspicion),
            _ when one.Invoice.FinalizeAt <= now => (ComingState.Due, null),
            _ => (one.Invoice.PeriodEnd <= now ? ComingState.Grace : ComingState.Running, null),
        };
    }

    /// <summary>The newest invoice of each customer that closed a period.</summary>
    private static async Task<Dictionary<int, PreviousInvoice>> Previous(PortalDb db, int[] customers, CancellationToken cancellation) =>
        (await db.Invoices.FromSql($"""
            SELECT DISTINCT ON (customer_id) *, xmin FROM invoices
            WHERE customer_id = ANY ({customers}) AND number IS NOT NULL AND subscription_id IS NOT NULL AND cut = 0 AND kind IN ('Period', 'CreditNote')
            ORDER BY customer_id, period_end DESC, number DESC
            """).AsNoTracking().ToListAsync(cancellation)).ToDictionary(invoice => invoice.CustomerId, PreviousInvoice.Of);
}
