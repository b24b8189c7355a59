using Portal.Domain.Catalog;
using Portal.Domain.Limits;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What limits on parts of usage count in a billing period, and what they keep off its bill together.</summary>
/// <remarks>
/// A charge is split over the groups that its price took, in proportion to what each used. What is above a limit is taken off its part, and a wider
/// limit that follows counts what is left: so nothing is taken off twice, and no part is billed above its limit. Above a limit in units, units cost
/// what the part's units cost on average.
/// </remarks>
/// <param name="Stands">Where the customer stands with each limit, in the order of their keys.</param>
/// <param name="NotBilled">What they keep off the bill together, exact, in major units of the customer's currency.</param>
internal sealed record PartSheet(IReadOnlyList<UsageLimitStand> Stands, decimal NotBilled)
{
    private static readonly PartSheet s_none = new([], 0);

    /// <summary>Reckons a period.</summary>
    /// <param name="entry">The customer with its limits.</param>
    /// <param name="features">What the card includes.</param>
    /// <param name="usage">The period's segments with the usage that they were rated by.</param>
    /// <param name="charges">What they charge.</param>
    /// <param name="net">Each charge after discounts.</param>
    public static PartSheet Of(CustomerEntry entry, IReadOnlyList<Feature> features, PeriodUsage usage, IReadOnlyList<Charge> charges, IReadOnlyList<Money> net)
    {
        var forgiven = entry.ForgivenParts.Where(part => part.PeriodStart == usage.Period.Start).ToDictionary(part => part.LimitKey, part => part.Amount, StringComparer.Ordinal);
        if (entry.Limits.IsEmpty)
        {
            return forgiven.Count == 0 ? s_none : new PartSheet([], forgiven.Values.Sum());
        }

        var properties = entry.Limits.SelectMany(limit => limit.Match.Keys).ToHashSet(StringComparer.Ordinal);
        var cells = Cells(usage, charges, net, properties);
        List<Part> parts =
        [
            .. from limit in entry.Limits
               let meter = limit.Feature is null ? limit.Meter : features.FirstOrDefault(feature => feature.Key == limit.Feature)?.Meter
               select new Part(limit, meter, [.. cells.Where(cell => Takes(limit, meter, cell.Meter, cell.Group))]),
        ];

        // The narrower first: what it takes off is gone when the wider one looks.
        foreach (var part in parts.OrderBy(part => part.Cells.Count).ThenBy(part => part.Limit.Key, StringComparer.Ordinal))
        {
            part.Clip(usage, forgiven.GetValueOrDefault(part.Limit.Key));
            forgiven.Remove(part.Limit.Key);
        }

        return new PartSheet([.. parts.Select(part => part.Stand)], parts.Sum(part => part.Stand.NotBilled) + forgiven.Values.Sum());
    }

    private static bool Takes(UsageLimit limit, string? key, Meter meter, IReadOnlyList<string>? group) =>
        (key is null ? limit.Feature is null : key == meter.Key)
        && (limit.Match.Count == 0 || (group is not null && PriceAllocation.Matches(limit.Match, meter, group)));

    private static List<Cell> Cells(PeriodUsage usage, IReadOnlyList<Charge> charges, IReadOnlyList<Money> net, HashSet<string> properties)
    {
        var cells = new List<Cell>();
        var taken = new Dictionary<int, IReadOnlyDictionary<Price, IReadOnlyList<UsageTotal>>>();
        foreach (var (charge, amount) in charges.Zip(net))
        {
            if (charge.Meter is not { } meter)
            {
                continue;
            }

            if (!meter.GroupBy.Any(properties.Contains))
            {
                cells.Add(new Cell(meter, null, amount.Amount));
                continue;
            }

            if (!taken.TryGetValue(charge.Segment, out var split))
            {
                taken[charge.Segment] = split = PriceAllocation.Split(usage.Segments[charge.Segment].Prices, usage.Meters, usage.Totals[charge.Segment + 1]);
            }

            Split(cells, meter, amount.Amount, split.GetValueOrDefault(charge.Price, []), usage.Totals[charge.Segment]);
        }

        return cells;
    }

    /// <summary>Splits a charge over its groups by what each used since the segment began.</summary>
    private static void Split(List<Cell> cells, Meter meter, decimal amount, IReadOnlyList<UsageTotal> groups, IReadOnlyList<UsageTotal> before)
    {
        var earlier = before.Where(total => total.MeterId == meter.Id).ToDictionary(total => string.Join('\0', total.Group), Weight, StringComparer.Ordinal);
        var weights = groups.Select(total => Math.Max(0, Weight(total) - earlier.GetValueOrDefault(string.Join('\0', total.Group)))).ToList();
        var whole = weights.Sum();
        if (whole == 0)
        {
            cells.Add(new Cell(meter, null, amount));
            return;
        }

        for (var i = 0; i < groups.Count; i++)
        {
            cells.Add(new Cell(meter, groups[i].Group, amount * weights[i] / whole));
        }

        decimal Weight(UsageTotal total) => meter.Aggregation is Aggregation.Count or Aggregation.Sum ? total.Sum : total.Events;
    }

    private sealed class Cell(Meter meter, IReadOnlyList<string>? group, decimal amount)
    {
        public Meter Meter => meter;

        public IReadOnlyList<string>? Group => group;

        public decimal Amount => amount;

        public decimal Left { get; set; } = Math.Max(0, amount);
    }

    private sealed class Part(UsageLimit limit, string? meter, IReadOnlyList<Cell> cells)
    {
        public UsageLimit Limit => limit;

        public IReadOnlyList<Cell> Cells => cells;

        public UsageLimitStand Stand { get; private set; } = null!;

        public void Clip(PeriodUsage usage, decimal forgiven)
        {
            var (amount, left) = (cells.Sum(cell => cell.Amount), cells.Sum(cell => cell.Left));
            var used = limit.Amount is null ? Units(usage) : amount;
            var above = limit.Amount is null
                ? used > limit.Bound ? amount * (used - limit.Bound) / used - (amount - left) : 0
                : left - limit.Bound;
            var off = Math.Clamp(Math.Max(above, forgiven), 0, Math.Max(0, left));
            foreach (var cell in off > 0 ? cells : [])
            {
                cell.Left -= off * (cell.Left / left);
            }

            Stand = new UsageLimitStand(limit, meter, used, off);
        }

        private decimal Units(PeriodUsage usage) => usage.Meters(meter ?? "") is not { } counted ? 0 : UsageTotal.Quantity(
            counted.Aggregation,
            [.. usage.Totals[^1].Where(total => total.MeterId == counted.Id && PriceAllocation.Matches(limit.Match, counted, total.Group))], usage.Nominal);
    }
}

/// <summary>The usage that a billing period was rated by.</summary>
/// <param name="Period">The billing period.</param>
/// <param name="Segments">Its segments.</param>
/// <param name="Totals">Usage from the period's start to the end of each segment: one more entry than segments, the first empty.</param>
/// <param name="Meters">The meters by key.</param>
/// <param name="Nominal">The length of a whole period.</param>
internal sealed record PeriodUsage(
    Period Period, IReadOnlyList<BillingSegment> Segments, IReadOnlyList<IReadOnlyList<UsageTotal>> Totals, Func<string, Meter?> Meters, TimeSpan Nominal);
