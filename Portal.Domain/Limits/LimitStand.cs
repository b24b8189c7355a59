using Portal.Domain.Values;

namespace Portal.Domain.Limits;

/// <summary>Where a customer stands against its cap: one calculation for the bar, the access answer, the alerts and the invoice.</summary>
/// <param name="Limit">The cap.</param>
/// <param name="Used">Usage after discounts, before tax and before the line that the cap takes off.</param>
public sealed record LimitStand(SpendingLimit Limit, Money Used)
{
    /// <summary>What may be used beyond the bound, in major units, while usage waits on this host's disk; 0 as a rule.</summary>
    public decimal Reserve { get; init; }

    /// <summary>What is used, in percent of the cap; 100 of a cap of zero.</summary>
    public decimal Percent => Limit.Amount == 0 ? 100 : Used.Amount / Limit.Amount * 100;

    /// <summary>Whether access is refused: the cap, or its soft bound, is used up and the operator has not turned the protection off.</summary>
    public bool IsReached => Limit.Enforced && Used.Amount >= Limit.Bound + Reserve;

    /// <summary>What may still be used before access is refused, in major units; never negative.</summary>
    public decimal Remaining => Math.Max(0, Limit.Bound + Reserve - Used.Amount);

    /// <summary>Whether a threshold in percent of the cap has been reached.</summary>
    public bool HasCrossed(int threshold) => Used.Amount * 100 >= Limit.Amount * threshold;

    /// <summary>What is not billed: usage above the bound, and at least what an earlier cap of the period kept off the bill (DESIGN.md 3, Limits).</summary>
    /// <param name="limit">The cap; null for none.</param>
    /// <param name="used">Rated usage of the period.</param>
    /// <param name="forgiven">What was unbilled when a cap of this period was raised or removed, in major units.</param>
    public static Money NotBilled(SpendingLimit? limit, Money used, decimal forgiven)
    {
        var above = limit is { Enforced: true } ? Math.Max(0, used.Amount - limit.Bound) : 0;
        return Money.Round(Math.Min(Math.Max(above, forgiven), Math.Max(0, used.Amount)), used.Currency);
    }
}
