using Portal.Domain.Catalog;
using Portal.Domain.Metering;

namespace Portal.Domain.Invoicing;

/// <summary>Which price takes which groups of a meter's usage. No usage is taken twice (API.md, "A price").</summary>
public static class PriceAllocation
{
    /// <summary>What each price takes: the groups that it matches with more keys than any other price of the meter. Each group is looked at once.</summary>
    /// <param name="prices">All prices of the card.</param>
    /// <param name="meters">The meters by key.</param>
    /// <param name="totals">Usage by meter and group.</param>
    /// <returns>By the price itself; a price that takes nothing has no entry.</returns>
    public static IReadOnlyDictionary<Price, IReadOnlyList<UsageTotal>> Split(
        IReadOnlyList<Price> prices, Func<string, Meter?> meters, IReadOnlyCollection<UsageTotal> totals)
    {
        var taken = new Dictionary<Price, IReadOnlyList<UsageTotal>>(ReferenceEqualityComparer.Instance);
        if (totals.Count == 0)
        {
            return taken;
        }

        foreach (var ofMeter in prices.Where(price => price.Meter is not null).GroupBy(price => price.Meter!, StringComparer.Ordinal))
        {
            if (meters(ofMeter.Key) is { } meter)
            {
                var rivals = Strongest(ofMeter);
                foreach (var won in totals.Where(total => total.MeterId == meter.Id)
                    .GroupBy(total => Winner(rivals, meter, total.Group), ReferenceEqualityComparer.Instance))
                {
                    if (won.Key is Price winner)
                    {
                        taken[winner] = [.. won];
                    }
                }
            }
        }

        return taken;
    }

    /// <summary>Whether a price takes a group of its meter, by the group's values.</summary>
    public static bool Takes(Price price, IReadOnlyList<Price> prices, Meter meter, IReadOnlyList<string> group) =>
        ReferenceEquals(Winner(Strongest(prices.Where(other => other.Meter == meter.Key)), meter, group), price);

    /// <summary>Those with the most keys first, so that the first that matches wins; of equals the earlier.</summary>
    private static List<Price> Strongest(IEnumerable<Price> rivals) => [.. rivals.OrderByDescending(rival => rival.Match.Count)];

    /// <summary>The price with the most matching keys; null where no price takes the group.</summary>
    private static Price? Winner(List<Price> strongestFirst, Meter meter, IReadOnlyList<string> group) =>
        strongestFirst.Find(rival => Matches(rival.Match, meter, group));

    /// <summary>Whether every key of a match has the group's value for it.</summary>
    public static bool Matches(IReadOnlyDictionary<string, string> match, Meter meter, IReadOnlyList<string> group) =>
        match.All(pair => Array.IndexOf(meter.GroupBy, pair.Key) is var index and >= 0 && index < group.Count && group[index] == pair.Value);
}
