namespace Portal.Domain.Rating;

/// <summary>Rates usage by a price's terms: the one arithmetic behind invoice, live spend, preview, forecast and simulation.</summary>
public static class Rater
{
    /// <summary>The amount that a period's usage costs up to some point, with the steps that explain it.</summary>
    /// <param name="terms">The price's rate, included units, minimum and maximum.</param>
    /// <param name="usage">The aggregate of the whole period up to that point; a negative one is rated as none.</param>
    /// <param name="share">The share of a whole period, 0 to 1: it prorates flats, minimum and maximum, and nothing else.</param>
    public static RatedAmount Rate(PriceTerms terms, RatedUsage usage, decimal share = 1m)
    {
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(usage);
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1m);

        var counted = usage.Quantity < 0 ? RatedUsage.None : usage;
        var steps = new StepSheet(share);
        if (terms.Included > 0)
        {
            steps.Add(new Pricing(StepKind.Included) { To = terms.Included, Quantity = Math.Min(counted.Quantity, terms.Included) });
        }

        terms.Rate.Apply(counted.Without(terms.Included), steps);

        if (terms.Minimum is { } minimum)
        {
            steps.Adjust(StepKind.Minimum, Math.Max(steps.Total, steps.Prorated(minimum)));
        }

        if (terms.Maximum is { } maximum)
        {
            steps.Adjust(StepKind.Maximum, Math.Min(steps.Total, steps.Prorated(maximum)));
        }

        return steps.ToAmount();
    }
}
