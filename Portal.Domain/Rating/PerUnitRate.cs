namespace Portal.Domain.Rating;

/// <summary>Every unit costs the same: quantity × amount / per.</summary>
/// <param name="Amount">The price of <paramref name="Per"/> units.</param>
/// <param name="Per">How many units the amount is for, such as 1,000,000 tokens; above 0.</param>
public sealed record PerUnitRate(decimal Amount, decimal Per = 1m) : Rate
{
    public override string Model => "per_unit";

    internal override void Apply(RatedUsage usage, StepSheet steps) => steps.Add(new Pricing(StepKind.Units)
    {
        Quantity = usage.Quantity,
        Price = Amount,
        Per = Per,
    });
}
