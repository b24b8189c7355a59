namespace Portal.Domain.Rating;

/// <summary>A share of each event's value plus a fixed fee, in order of time, after a free allowance and within bounds per event.</summary>
/// <param name="Percent">The share of an event's value, in hundredths.</param>
/// <param name="Fixed">What each charged event costs besides.</param>
/// <param name="FreeEvents">The first events that are free; null for no such bound.</param>
/// <param name="FreeAmount">The first value that is free; null for no such bound. With both, whichever is used up first ends the allowance.</param>
/// <param name="MinPerEvent">The least a charged event costs.</param>
/// <param name="MaxPerEvent">The most a charged event costs.</param>
public sealed record PercentageRate(
    decimal Percent,
    decimal Fixed = 0m,
    long? FreeEvents = null,
    decimal? FreeAmount = null,
    decimal? MinPerEvent = null,
    decimal? MaxPerEvent = null) : Rate
{
    public override string Model => "percentage";

    /// <summary>Whether each event's charge is bounded, so that the sum and the count of events are not enough to rate them.</summary>
    public bool HasBounds => MinPerEvent is not null || MaxPerEvent is not null;

    /// <summary>Whether the first events or values are free, so that it matters which events came first.</summary>
    public bool HasAllowance => FreeEvents is not null || FreeAmount is not null;

    /// <summary>What one event costs once the allowance is used up: bounded, and kept to 12 places. Usage buckets sum this.</summary>
    public decimal ChargeOf(decimal value)
    {
        var charge = Unbounded(value, 1).To12();
        charge = Math.Max(charge, MinPerEvent ?? charge);
        return Math.Min(charge, MaxPerEvent ?? charge);
    }

    internal override void Apply(RatedUsage usage, StepSheet steps)
    {
        var charged = HasAllowance ? [.. new Allowance(FreeEvents, FreeAmount).Charged(usage.Runs)] : usage.Runs;
        var events = charged.Sum(run => run.Events);

        // Refunds may outweigh what was charged before them; usage never earns money.
        var value = HasAllowance ? Math.Max(0m, charged.Sum(run => run.Value)) : usage.Quantity;
        if (HasAllowance)
        {
            steps.Add(new Pricing(StepKind.Free) { To = FreeAmount, Quantity = usage.Quantity - value, Events = usage.Events - events });
        }

        steps.Add(new Pricing(StepKind.Percent)
        {
            Quantity = value,
            Price = Percent,
            Per = 100m,
            Flat = ((Fraction)Fixed * events).To12(),
            Events = events,
        });

        if (HasBounds)
        {
            var bounded = charged.Sum(run => run.Charges ?? (run.Events == 0 ? 0m : ((Fraction)ChargeOf(run.Value / run.Events) * run.Events).To12()));
            steps.Adjust(StepKind.EventBounds, Math.Max(0m, bounded));
        }
    }

    private Fraction Unbounded(decimal value, long events) => ((Fraction)value * Percent / 100m) + ((Fraction)Fixed * events);
}
