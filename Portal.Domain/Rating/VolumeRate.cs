namespace Portal.Domain.Rating;

/// <summary>All units are priced by the one tier that the quantity falls in, plus that tier's flat; zero falls in the first.</summary>
/// <remarks>More usage can cost less: the 101st unit may move all of them into a cheaper tier.</remarks>
public sealed record VolumeRate(IReadOnlyList<Tier> Tiers) : Rate
{
    public override string Model => "volume";

    internal override void Apply(RatedUsage usage, StepSheet steps)
    {
        var lower = 0m;
        foreach (var tier in Tiers)
        {
            if (tier.UpTo is null || usage.Quantity <= tier.UpTo)
            {
                steps.Add(new Pricing(StepKind.Volume)
                {
                    From = lower,
                    To = tier.UpTo,
                    Quantity = usage.Quantity,
                    Price = tier.Amount,
                    Per = tier.Per,
                    Flat = steps.Prorated(tier.Flat),
                });
                return;
            }

            lower = tier.UpTo.Value;
        }
    }
}
