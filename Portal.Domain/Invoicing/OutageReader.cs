using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Reads what customers used during an outage, and what they were given.</summary>
public sealed class OutageReader(IDbContextFactory<PortalDb> databases, Register register, UsageReader usage, CostReader costs, BusinessClock clock)
{
    /// <summary>What would be given to whom. Where all are meant, those who used nothing are left out.</summary>
    /// <exception cref="InvalidInputException">Where a field makes no sense.</exception>
    /// <exception cref="Refusal">Forbidden.</exception>
    public async Task<IReadOnlyList<OutageShare>> Preview(Actor actor, OutageTerms terms, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(terms);
        var chosen = terms.Chosen(actor, register.Now, clock.GetUtcNow());
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var given = await Given(db, terms.Hours, cancellation);
        var shares = new List<OutageShare>();
        foreach (var entry in chosen)
        {
            var share = await Share(entry, terms, given.GetValueOrDefault(entry.Customer.Id), cancellation);
            if (!terms.All || share.Used.Count > 0 || share.LeftOut.Count > 0)
            {
                shares.Add(share);
            }
        }

        return shares;
    }

    /// <summary>The outages that customers were made good for, the newest first.</summary>
    /// <exception cref="Refusal">Forbidden.</exception>
    public async Task<IReadOnlyList<Outage>> List(Actor actor, int take, CancellationToken cancellation)
    {
        actor.Require(Permission.ManageInvoices);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Outages.AsNoTracking().Include(outage => outage.Credits.OrderBy(credit => credit.CustomerId))
            .OrderByDescending(outage => outage.AppliedAt).ThenBy(outage => outage.Key).Take(take).ToListAsync(cancellation);
    }

    /// <summary>The outage for which each customer was given credits in these hours already: the same hours are never paid twice.</summary>
    internal static async Task<Dictionary<int, string>> Given(PortalDb db, Period hours, CancellationToken cancellation)
    {
        var rows = await db.Outages.Where(outage => outage.Start < hours.End && outage.End > hours.Start)
            .SelectMany(outage => outage.Credits).Select(credit => new { credit.CustomerId, credit.OutageKey }).ToListAsync(cancellation);
        return rows.GroupBy(row => row.CustomerId).ToDictionary(customer => customer.Key, customer => customer.Min(row => row.OutageKey)!);
    }

    private async Task<OutageShare> Share(CustomerEntry entry, OutageTerms terms, string? given, CancellationToken cancellation)
    {
        var (used, leftOut) = (new List<OutageUsage>(), new List<Meter>());
        var totals = (await usage.Totals(entry.Customer.Id, terms.Start, terms.End, cancellation)).Where(total => total.Events > 0).ToLookup(total => total.MeterId);
        var prices = totals.Count == 0 ? [] : costs.Prices(entry, terms.Hours);
        foreach (var meter in register.Now.Meters.Where(meter => totals.Contains(meter.Id) && prices.Exists(price => price.Meter == meter.Key)))
        {
            if (!CostReader.Cuts(meter, prices))
            {
                leftOut.Add(meter);
                continue;
            }

            var cost = (await costs.Read(Actor.System, entry.Customer.Key, meter, [terms.Hours], cancellation)).Sum(price => price.Costs[0]);
            used.Add(new OutageUsage(meter, UsageTotal.Quantity(meter.Aggregation, [.. totals[meter.Id]], terms.End - terms.Start), cost));
        }

        var currency = Currency.Of(entry.Customer.Currency);

        // Where more usage makes all of it cheaper, some hours can cost less than nothing.
        var due = given is null ? Math.Max(0, used.Sum(of => of.Cost) * terms.Percent / 100) : 0;
        return new OutageShare(entry.Customer, used, leftOut, Money.Round(due, currency), given);
    }
}
