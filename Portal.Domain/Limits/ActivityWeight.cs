using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Metering;
using Portal.Domain.Rating;

namespace Portal.Domain.Limits;

/// <summary>Weighs events by what they cost once nothing is free any more: pure, and the same in every window, so that windows can be compared.</summary>
/// <remarks>Included units, minimums and maximums are left out: a loop is a loop while it is free, too. Of tiers, the first one that costs something counts.</remarks>
public static class ActivityWeight
{
    /// <summary>What usage weighs, in the currency of the prices.</summary>
    /// <param name="prices">All prices that hold.</param>
    /// <param name="meters">The meters by key.</param>
    /// <param name="totals">Usage by meter and group.</param>
    public static decimal Of(IReadOnlyList<Price> prices, Func<string, Meter?> meters, IReadOnlyCollection<UsageTotal> totals) =>
        PriceAllocation.Split(prices, meters, totals).Sum(taken =>
        {
            var meter = meters(taken.Key.Meter!)!;
            var (perUnit, perEvent) = Of(taken.Key.Terms.Rate);

            // Of a level or a largest value, a window says nothing about what it costs. Sums and counts are no share of a period, so its length is nothing to them.
            var quantity = meter.Aggregation is Aggregation.Sum or Aggregation.Count ? UsageTotal.Quantity(meter.Aggregation, taken.Value, TimeSpan.Zero) : 0;
            return Math.Max(0, quantity) * perUnit + taken.Value.Sum(total => total.Events) * perEvent;
        });

    private static (decimal PerUnit, decimal PerEvent) Of(Rate rate) => rate switch
    {
        PerUnitRate unit => (unit.Amount / unit.Per, 0),
        GraduatedRate graduated => (First(graduated.Tiers), 0),
        VolumeRate volume => (First(volume.Tiers), 0),
        PackageRate package => (package.Amount / package.Size, 0),
        PercentageRate percentage => (percentage.Percent / 100, percentage.Fixed),
        GraduatedPercentageRate graduated => (graduated.Tiers.Select(tier => tier.Percent / 100).FirstOrDefault(percent => percent > 0), 0),
        _ => (0, 0),
    };

    private static decimal First(IEnumerable<Tier> tiers) => tiers.Select(tier => tier.Amount / tier.Per).FirstOrDefault(amount => amount > 0);
}
