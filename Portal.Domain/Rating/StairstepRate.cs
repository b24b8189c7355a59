namespace Portal.Domain.Rating;

/// <summary>One amount for the tier that the quantity falls in, whatever is used inside it; zero falls in the first. It is prorated.</summary>
public sealed record StairstepRate(IReadOnlyList<FlatTier> Tiers) : Rate
{
    public override string Model => "stairstep";

    internal override void Apply(RatedUsage usage, StepSheet steps)
    {
        var lower = 0m;
        foreach (var tier in Tiers)
        {
            if (tier.UpTo is null || usage.Quantity <= tier.UpTo)
            {
                steps.Add(new Pricing(StepKind.Stairstep)
                {
                    From = lower,
                    To = tier.UpTo,
                    Quantity = usage.Quantity,
                    Flat = steps.Prorated(tier.Flat),
                });
                return;
            }

            lower = tier.UpTo.Value;
        }
    }
}
