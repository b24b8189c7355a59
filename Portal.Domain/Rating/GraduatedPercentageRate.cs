namespace Portal.Domain.Rating;

/// <summary>Like <see cref="GraduatedRate"/>, on the summed value: each tier takes its percent of the value that falls inside it.</summary>
public sealed record GraduatedPercentageRate(IReadOnlyList<PercentTier> Tiers) : Rate
{
    public override string Model => "graduated_percentage";

    internal override void Apply(RatedUsage usage, StepSheet steps) => GraduatedRate.Apply(
        Tiers.Select(tier => new Tier(tier.UpTo, tier.Percent, Per: 100m, tier.Flat)), usage.Quantity, StepKind.PercentTier, steps);
}
