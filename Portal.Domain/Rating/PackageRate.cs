namespace Portal.Domain.Rating;

/// <summary>Units are sold in packages, and one that is begun costs as much as a full one: ceil(quantity / size) × amount.</summary>
/// <param name="Size">How many units a package holds; above 0.</param>
/// <param name="Amount">The price of a package.</param>
public sealed record PackageRate(decimal Size, decimal Amount) : Rate
{
    public override string Model => "package";

    internal override void Apply(RatedUsage usage, StepSheet steps)
    {
        var packages = ((Fraction)usage.Quantity / Size).Ceiling();
        steps.Add(new Pricing(StepKind.Package)
        {
            Quantity = usage.Quantity,
            Price = Amount,
            Per = Size,
            Charge = packages * Amount,
        });
    }
}
