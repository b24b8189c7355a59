using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What usage cost on each of the last days.</summary>
/// <param name="Days">The days in the customer's zone, the oldest first; the last one is under way.</param>
/// <param name="Costs">For each day, exact, in major units of the customer's currency, before discounts, the cap, credits and tax.</param>
/// <param name="LeftOut">Meters whose usage cannot be cut into days, so that the costs are without them.</param>
public sealed record RecentCosts(IReadOnlyList<Period> Days, IReadOnlyList<decimal> Costs, IReadOnlyList<Meter> LeftOut);

/// <summary>Adds up what all of a customer's usage cost a day, over borders of billing periods.</summary>
public sealed class RecentCostReader(Register register, CostReader costs, BusinessClock clock)
{
    /// <summary>The last days, today included; null where no subscription has run.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="customerKey">The customer.</param>
    /// <param name="days">How many days.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's.</exception>
    public async Task<RecentCosts?> Read(Actor actor, string customerKey, int days, CancellationToken cancellation)
    {
        var entry = register.Now.Customer(actor, Permission.ReadUsage, customerKey);
        var now = clock.GetUtcNow();
        if (entry.Subscription is null || entry.Subscription.StartsAt > now)
        {
            return null;
        }

        var zone = TimeZones.Find(entry.Customer.TimeZone)!;
        var today = zone.DateAt(now);
        var windows = Enumerable.Range(1 - days, days).Select(n => new Period(zone.StartOf(today.PlusDays(n)), zone.StartOf(today.PlusDays(n + 1)))).ToList();
        var sums = new decimal[days];
        var leftOut = new List<Meter>();
        foreach (var prices in costs.Prices(entry, new Period(windows[0].Start, now)).Where(price => price.Meter is not null).ToLookup(price => price.Meter, StringComparer.Ordinal))
        {
            if (register.Now.Meter(prices.Key!) is not { } meter)
            {
                continue;
            }

            if (!CostReader.Cuts(meter, prices))
            {
                leftOut.Add(meter);
                continue;
            }

            foreach (var price in await costs.Read(actor, customerKey, meter, windows, cancellation))
            {
                for (var day = 0; day < days; day++)
                {
                    sums[day] += price.Costs[day];
                }
            }
        }

        return new RecentCosts(windows, sums, leftOut);
    }
}
