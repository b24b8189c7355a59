using Portal.Domain.Catalog;
using Portal.Domain.Metering;

namespace Portal.Domain.Invoicing;

/// <summary>Which price takes which groups of a meter's usage. No usage is taken twice (API.md, "A price").</summary>
public static class PriceAllocation
{
    /// <summary>The groups that <paramref name="price"/> takes: those that it matches with more keys than any other price of the meter.</summary>
    /// <param name="price">The price.</param>
    /// <param name="prices">All prices of the card, this one among them.</param>
    /// <param name="meter">The price's meter.</param>
    /// <param name="totals">The meter's usage by group.</param>
    public static IReadOnlyList<UsageTotal> Take(Price price, IReadOnlyList<Price> prices, Meter meter, IEnumerable<UsageTotal> totals)
    {
        var rivals = prices.Where(other => other.Meter == meter.Key).ToList();
        return [.. totals.Where(total => total.MeterId == meter.Id && ReferenceEquals(Winner(rivals, meter, total.Group), price))];
    }

    /// <summary>Whether a price takes a group of its meter, by the group's values.</summary>
    public static bool Takes(Price price, IReadOnlyList<Price> prices, Meter meter, IReadOnlyList<string> group) =>
        ReferenceEquals(Winner([.. prices.Where(other => other.Meter == meter.Key)], meter, group), price);

    /// <summary>The price with the most matching keys; null where no price takes the group.</summary>
    private static Price? Winner(List<Price> rivals, Meter meter, IReadOnlyList<string> group) =>
        rivals.Where(rival => Matches(rival.Match, meter, group)).MaxBy(rival => rival.Match.Count);

    /// <summary>Whether every key of a match has the group's value for it.</summary>
    public static bool Matches(IReadOnlyDictionary<string, string> match, Meter meter, IReadOnlyList<string> group) =>
        match.All(pair => Array.IndexOf(meter.GroupBy, pair.Key) is var index and >= 0 && index < group.Count && group[index] == pair.Value);
}
