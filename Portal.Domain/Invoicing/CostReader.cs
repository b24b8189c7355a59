using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What one price of a meter costs in each of several windows.</summary>
/// <param name="PriceKey">The price.</param>
/// <param name="Name">Its name.</param>
/// <param name="Costs">For each window, exact, in major units of the customer's currency: R(up to its end) − R(up to its start), R being the rating of the billing period up to a point.</param>
/// <param name="Included">For each window, the units that were free.</param>
public sealed record PriceCosts(string PriceKey, string Name, IReadOnlyList<decimal> Costs, IReadOnlyList<decimal> Included);

/// <summary>Reads what usage cost over time, by the code that bills: over a whole billing period the windows come to what the invoice's lines come to before rounding.</summary>
/// <remarks>Before discounts, the cap, credits and tax. A window that is free because of included units or cheap because of a tier says so: usage counts in order of time.</remarks>
public sealed class CostReader(Register register, UsageReader usage, BusinessClock clock)
{
    /// <summary>The costs of a meter's prices, in the order of the card; none where no subscription ran, or where a meter's usage cannot be cut into windows.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="customerKey">The customer.</param>
    /// <param name="meter">The meter.</param>
    /// <param name="windows">The windows, in order, without gaps.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's.</exception>
    public async Task<IReadOnlyList<PriceCosts>> Read(Actor actor, string customerKey, Meter meter, IReadOnlyList<Period> windows, CancellationToken cancellation)
    {
        var entry = register.Now.Customer(actor, Permission.ReadUsage, customerKey);
        var now = clock.GetUtcNow();
        var end = windows[^1].End < now ? windows[^1].End : now;
        if (entry.Subscription is not { } subscription || !Cuts(meter, []))
        {
            return [];
        }

        var sums = new List<PriceSum>();
        var at = windows[0].Start > subscription.StartsAt ? windows[0].Start : subscription.StartsAt;
        while (at < end && BillingPeriods.At(entry.Customer, subscription, at) is { } period)
        {
            if (!Cuts(meter, BillingSegment.Cut(period, subscription, register.Now.Card).SelectMany(segment => segment.Prices)))
            {
                return [];
            }

            await Add(entry, subscription, period, meter, windows, end, sums, cancellation);
            at = period.End;
        }

        return [.. sums.Select(sum => new PriceCosts(sum.Key, sum.Name, sum.Costs, sum.Included))];
    }

    /// <summary>All prices of the billing periods that a stretch of time touches: a plan that was left within it had prices of its own.</summary>
    internal List<Price> Prices(CustomerEntry entry, Period hours)
    {
        var prices = new List<Price>();
        if (entry.Subscription is { } subscription)
        {
            var at = hours.Start > subscription.StartsAt ? hours.Start : subscription.StartsAt;
            while (at < hours.End && BillingPeriods.At(entry.Customer, subscription, at) is { } period)
            {
                prices.AddRange(BillingSegment.Cut(period, subscription, register.Now.Card).SelectMany(segment => segment.Prices));
                at = period.End;
            }
        }

        return prices;
    }

    /// <summary>Whether a meter's usage at these prices can be cut into windows: what an event's own value decides is not in sums, and no cost over time is better than a wrong one.</summary>
    internal static bool Cuts(Meter meter, IEnumerable<Price> prices) =>
        meter.Aggregation is not (Aggregation.Unique or Aggregation.WeightedSum) && !prices.Any(price => price.Meter == meter.Key && price.Terms.AskForEachValue);

    private async Task Add(
        CustomerEntry entry, Subscription subscription, Period period, Meter meter, IReadOnlyList<Period> windows, DateTimeOffset end,
        List<PriceSum> sums, CancellationToken cancellation)
    {
        var segments = BillingSegment.Cut(period, subscription, register.Now.Card);
        DateTimeOffset Within(DateTimeOffset instant) => instant < period.Start ? period.Start : instant > period.End ? period.End : instant > end ? end : instant;
        var stops = new SortedSet<DateTimeOffset>(windows.SelectMany(window => new[] { Within(window.Start), Within(window.End) }));
        stops.UnionWith(segments.Select(segment => Within(segment.Period.End)));
        stops.Remove(period.Start);
        var used = await UsedUpTo(entry.Customer.Id, period.Start, stops, meter, cancellation);
        var nominal = BillingPeriods.NominalLength(entry.Customer, subscription, period);
        var currency = Currency.Of(entry.Customer.Currency);
        var rated = stops.ToDictionary(stop => stop, stop => Rate(segments, used, stop, nominal, currency, meter));
        foreach (var (key, name) in rated.Values.SelectMany(prices => prices).Select(price => (price.Key, price.Value.Name)).DistinctBy(price => price.Key))
        {
            var sum = sums.Find(candidate => candidate.Key == key);
            if (sum is null)
            {
                sum = new PriceSum(key, name, new decimal[windows.Count], new decimal[windows.Count]);
                sums.Add(sum);
            }

            for (var i = 0; i < windows.Count; i++)
            {
                var (before, after) = (At(key, Within(windows[i].Start)), At(key, Within(windows[i].End)));
                sum.Costs[i] += after.Exact - before.Exact;
                sum.Included[i] += after.Included - before.Included;
            }
        }

        // Before its first instant a period rates to nothing.
        (decimal Exact, decimal Included) At(string key, DateTimeOffset stop) =>
            rated.TryGetValue(stop, out var prices) && prices.TryGetValue(key, out var price) ? (price.Exact, price.Included) : default;
    }

    /// <summary>The usage from the period's start up to each stop, by group.</summary>
    private async Task<Dictionary<DateTimeOffset, IReadOnlyList<UsageTotal>>> UsedUpTo(
        int customerId, DateTimeOffset start, SortedSet<DateTimeOffset> stops, Meter meter, CancellationToken cancellation)
    {
        var used = new Dictionary<DateTimeOffset, IReadOnlyList<UsageTotal>> { [start] = [] };
        if (stops.Count == 0)
        {
            return used;
        }

        // Buckets are quarter-hours: a cut inside one is read from its events.
        var whole = stops.Where(stop => stop == stops.Max || stop.UtcTicks % BucketTally.Quarter.Ticks == 0).ToList();
        var rows = (await usage.Windows(customerId, [meter], [start, .. whole.SkipLast(1)], whole[^1], cancellation)).ToLookup(row => row.Window, row => row.Total);
        var sums = new Dictionary<string, UsageTotal>(StringComparer.Ordinal);
        for (var i = 0; i < whole.Count; i++)
        {
            foreach (var total in rows[i])
            {
                var group = string.Join('\0', total.Group);
                sums[group] = sums.TryGetValue(group, out var sum) ? sum.Plus(total) : total;
            }

            used[whole[i]] = [.. sums.Values];
        }

        foreach (var stop in stops.Except(whole))
        {
            used[stop] = [.. (await usage.Totals(customerId, start, stop, cancellation)).Where(total => total.MeterId == meter.Id)];
        }

        return used;
    }

    /// <summary>What the period's prices of the meter come to up to a stop.</summary>
    private Dictionary<string, (string Name, decimal Exact, decimal Included)> Rate(
        IReadOnlyList<BillingSegment> segments, Dictionary<DateTimeOffset, IReadOnlyList<UsageTotal>> used, DateTimeOffset stop, TimeSpan nominal, Currency currency, Meter meter)
    {
        var upTo = segments.Where(segment => segment.Period.Start < stop)
            .Select(segment => segment.Period.End <= stop ? segment : segment with { Period = new Period(segment.Period.Start, stop) })
            .ToList();
        return ChargeSheet.Make(upTo, [[], .. upTo.Select(segment => used[segment.Period.End])], register.Now.Meter, nominal, currency)
            .Where(charge => charge.Meter?.Id == meter.Id)
            .GroupBy(charge => charge.Price.Key, StringComparer.Ordinal)
            .ToDictionary(price => price.Key, price => (price.First().Price.Name, price.Sum(charge => charge.Exact), price.Sum(charge => charge.Included)), StringComparer.Ordinal);
    }

    private sealed record PriceSum(string Key, string Name, decimal[] Costs, decimal[] Included);
}
