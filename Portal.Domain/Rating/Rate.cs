namespace Portal.Domain.Rating;

/// <summary>How a quantity becomes an amount: one record per pricing model, each in a file of its own.</summary>
public abstract record Rate
{
    private protected Rate()
    {
    }

    /// <summary>The model's name in the API, such as <c>per_unit</c>.</summary>
    public abstract string Model { get; }

    /// <summary>Prices a usage that is not negative and has its included units taken off, step by step.</summary>
    internal abstract void Apply(RatedUsage usage, StepSheet steps);
}
