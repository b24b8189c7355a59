namespace Portal.Domain.Rating;

/// <summary>One amount for the period, whatever is used. It is prorated.</summary>
/// <param name="Amount">For a whole period.</param>
public sealed record FlatRate(decimal Amount) : Rate
{
    public override string Model => "flat";

    internal override void Apply(RatedUsage usage, StepSheet steps) => steps.Add(new Pricing(StepKind.Flat)
    {
        Quantity = usage.Quantity,
        Flat = steps.Prorated(Amount),
    });
}
