using Portal.Domain.Rating;

namespace Portal.Domain.Tests.Rating;

/// <summary>A random price with small whole boundaries, and an oracle that rates it by counting, in no way as the code does.</summary>
internal sealed record RandomPrice(PriceTerms Terms, Func<int, decimal> Rate)
{
    /// <summary>What a whole number of units costs, counted one at a time.</summary>
    public decimal Counted(int units)
    {
        var amount = Rate(Math.Max(0, units - (int)Terms.Included));
        amount = Terms.Minimum is { } minimum && amount < minimum ? minimum : amount;
        return Terms.Maximum is { } maximum && amount > maximum ? maximum : amount;
    }

    public static RandomPrice From(Random random)
    {
        var (rate, counted) = RateFrom(random);
        decimal? minimum = random.Next(3) == 0 ? Cents(random) : null;
        decimal? maximum = random.Next(3) == 0 ? (minimum ?? 0) + Cents(random) : null;
        return new RandomPrice(new PriceTerms(rate, random.Next(2) == 0 ? 0 : random.Next(0, 20), minimum, maximum), counted);
    }

    private static (Rate Rate, Func<int, decimal> Counted) RateFrom(Random random)
    {
        // A tier per entry: its last unit, the price of a unit, its flat. The last one is open.
        var ends = Enumerable.Range(0, random.Next(0, 5)).Select(_ => random.Next(1, 50)).Distinct().Order().Select(end => (int?)end).Append(null).ToList();
        var tiers = ends.Select(end => (End: end, Amount: Cents(random), Flat: random.Next(2) == 0 ? 0 : Cents(random))).ToList();
        int TierOf(int unit) => tiers.FindIndex(tier => tier.End is null || unit <= tier.End);

        var (amount, size) = (Cents(random), random.Next(1, 12));
        List<Tier> priced = [.. tiers.Select(tier => new Tier(tier.End, tier.Amount, 1, tier.Flat))];
        return random.Next(7) switch
        {
            0 => (new FlatRate(amount), _ => amount),
            1 => (new PerUnitRate(amount, 10), units => Enumerable.Repeat(amount, units).Sum() / 10),
            2 => (new PackageRate(size, amount), units => Enumerable.Range(0, units).Where(unit => unit % size == 0).Sum(_ => amount)),
            3 => (new GraduatedRate(priced), units =>
                Enumerable.Range(1, units).Sum(unit => tiers[TierOf(unit)].Amount)
                + Enumerable.Range(1, units).Select(TierOf).Append(0).Distinct().Sum(tier => tiers[tier].Flat)),
            4 => (new VolumeRate(priced), units =>
                Enumerable.Repeat(tiers[TierOf(units)].Amount, units).Sum() + tiers[TierOf(units)].Flat),
            5 => (new StairstepRate([.. tiers.Select(tier => new FlatTier(tier.End, tier.Flat))]), units => tiers[TierOf(units)].Flat),
            _ => (new GraduatedPercentageRate([.. tiers.Select(tier => new PercentTier(tier.End, tier.Amount, tier.Flat))]), units =>
                (Enumerable.Range(1, units).Sum(unit => tiers[TierOf(unit)].Amount) / 100)
                + Enumerable.Range(1, units).Select(TierOf).Append(0).Distinct().Sum(tier => tiers[tier].Flat)),
        };
    }

    private static decimal Cents(Random random) => random.Next(0, 2_000) / 100m;
}
