namespace Portal.Domain.Rating;

/// <summary>Each tier prices only the units that fall inside it, as income-tax brackets do, and adds its flat once when it is entered.</summary>
public sealed record GraduatedRate(IReadOnlyList<Tier> Tiers) : Rate
{
    public override string Model => "graduated";

    internal override void Apply(RatedUsage usage, StepSheet steps) => Apply(Tiers, usage.Quantity, StepKind.Tier, steps);

    internal static void Apply(IEnumerable<Tier> tiers, decimal quantity, StepKind kind, StepSheet steps)
    {
        var lower = 0m;
        foreach (var tier in tiers)
        {
            // The first tier is entered even at zero; a later one once the quantity goes past its lower bound.
            if (lower > 0 && quantity <= lower)
            {
                return;
            }

            steps.Add(new Pricing(kind)
            {
                From = lower,
                To = tier.UpTo,
                Quantity = Math.Min(quantity, tier.UpTo ?? quantity) - lower,
                Price = tier.Amount,
                Per = tier.Per,
                Flat = steps.Prorated(tier.Flat),
            });
            lower = tier.UpTo ?? quantity;
        }
    }
}
