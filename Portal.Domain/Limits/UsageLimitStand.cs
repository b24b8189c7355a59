namespace Portal.Domain.Limits;

/// <summary>Where a customer stands with a limit on a part of its usage: one calculation for the bar, the answer, the alerts and the invoice.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="Meter">The meter that counts; null where several do, or where the feature has none.</param>
/// <param name="Used">What is used of it: money after discounts, or units.</param>
/// <param name="NotBilled">What it keeps off the bill, exact, in the customer's currency.</param>
public sealed record UsageLimitStand(UsageLimit Limit, string? Meter, decimal Used, decimal NotBilled)
{
    /// <summary>What may be used beyond the bound, in the limit's measure, while usage waits on this host's disk; 0 as a rule.</summary>
    public decimal Reserve { get; init; }

    /// <summary>What is used, in percent of the limit; 100 of a limit of zero.</summary>
    public decimal Percent => Limit.Most == 0 ? 100 : Used / Limit.Most * 100;

    /// <summary>Whether access to the part is refused.</summary>
    public bool IsReached => Used >= Limit.Bound + Reserve;

    /// <summary>What may still be used before access is refused; never negative.</summary>
    public decimal Remaining => Math.Max(0, Limit.Bound + Reserve - Used);

    /// <summary>Whether a threshold in percent of the limit has been reached.</summary>
    public bool HasCrossed(int threshold) => Used * 100 >= Limit.Most * threshold;

    /// <summary>Whether it decides about what a caller asks for.</summary>
    /// <param name="question">What the caller asks.</param>
    /// <param name="meterOfFeature">The meter of the feature asked for; null where it has none, or none is asked for.</param>
    public bool Decides(AccessQuestion question, string? meterOfFeature) =>
        Limit.Covers(question.Match)
        && (Limit.Feature is null || Limit.Feature == question.Feature)
        && (Limit.Meter is null || Limit.Meter == question.Meter || Limit.Meter == meterOfFeature);
}
