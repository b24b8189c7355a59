using Portal.Domain.Rating;

namespace Portal.Domain.Catalog;

/// <summary>What a price leaves over the operator's own cost, and what it must be to leave something. For the operator's eyes; nothing is billed by it.</summary>
public static class PriceMargin
{
    /// <summary>What a unit of the usage that a price matches costs the operator; null where the meter does not say, or says it for other groups only.</summary>
    /// <param name="meter">The meter with its costs.</param>
    /// <param name="match">What the price matches. Of the costs that hold for all of it, the one that says most is taken.</param>
    public static decimal? CostOf(Meter meter, IReadOnlyDictionary<string, string> match)
    {
        ArgumentNullException.ThrowIfNull(meter);
        return meter.UnitCosts
            .Where(cost => cost.Match.All(pair => match.TryGetValue(pair.Key, out var value) && value == pair.Value))
            .MaxBy(cost => cost.Match.Count)?.Amount;
    }

    /// <summary>The part of the price that is left over the cost, in percent: of the tier that leaves least and of the one that leaves most.</summary>
    /// <param name="rate">The price. Flats and included units are not in it: what they come to a unit depends on how much is used.</param>
    /// <param name="cost">Of a unit.</param>
    /// <returns>Null where a unit has no price of its own, or a price of nothing.</returns>
    public static (decimal Least, decimal Most)? Of(Rate rate, decimal cost)
    {
        var prices = UnitPrices(rate).ToList();
        if (prices.Count == 0 || prices.Contains(0))
        {
            return null;
        }

        var margins = prices.ConvertAll(price => (price - cost) / price * 100);
        return (margins.Min(), margins.Max());
    }

    /// <summary>The price of a unit that pays for its cost and leaves a margin: (direct cost + margin) / units.</summary>
    /// <param name="directCost">Of so many units.</param>
    /// <param name="margin">That is to be left of them.</param>
    /// <param name="units">Above 0.</param>
    public static decimal UnitPrice(decimal directCost, decimal margin, decimal units) => (directCost + margin) / units;

    private static IEnumerable<decimal> UnitPrices(Rate rate) => rate switch
    {
        PerUnitRate unit => [unit.Amount / unit.Per],
        PackageRate package => [package.Amount / package.Size],
        GraduatedRate graduated => graduated.Tiers.Select(tier => tier.Amount / tier.Per),
        VolumeRate volume => volume.Tiers.Select(tier => tier.Amount / tier.Per),
        _ => [],
    };
}
