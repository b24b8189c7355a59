namespace Portal.Domain.Limits;

/// <summary>What is held and used when one more reservation is asked for.</summary>
/// <param name="Access">Whether the customer may use the feature now at all.</param>
/// <param name="Bound">The amount at which access ends; null without a cap, or where its protection is off.</param>
/// <param name="Used">Usage of the period, exact, in the customer's currency.</param>
/// <param name="Held">What other reservations hold of the cap, exact.</param>
/// <param name="Cost">What this one would hold on top, exact.</param>
/// <param name="Units">The feature's units, where it has a limit and a quantity is asked for; null otherwise.</param>
public sealed record ReservationFacts(AccessAnswer Access, decimal? Bound, decimal Used, decimal Held, decimal Cost, UnitFacts? Units)
{
    /// <summary>The limits on parts of usage that the work falls under, each in its own measure.</summary>
    public IReadOnlyList<UnitFacts> Parts { get; init; } = [];

    /// <summary>What prepaid credits pay, where the customer may use what they pay and nothing else; null otherwise.</summary>
    public CreditFacts? Credits { get; init; }
}

/// <summary>What prepaid credits pay, tax included, in the customer's currency.</summary>
/// <param name="Free">What is left of them once they pay all usage, units that are held and units that this one would hold; below zero where they do not.</param>
/// <param name="Wanted">What is held by amounts, this one's included.</param>
public sealed record CreditFacts(decimal Free, decimal Wanted)
{
    /// <summary>Whether they pay for it.</summary>
    public bool HasRoom => Wanted <= Free;
}

/// <summary>The units of a feature, or of a limit on a part of usage in its own measure.</summary>
/// <param name="Limit">The most of the period.</param>
/// <param name="Used">What is used.</param>
/// <param name="Held">What other reservations hold.</param>
/// <param name="Wanted">What this one would hold.</param>
public sealed record UnitFacts(decimal Limit, decimal Used, decimal Held, decimal Wanted)
{
    /// <summary>Whether it fits.</summary>
    public bool HasRoom => Used + Held + Wanted <= Limit;
}

/// <summary>Whether a reservation is held.</summary>
/// <param name="Reason">Why not; null where it is.</param>
/// <param name="Remaining">What of the cap is neither used nor held, this one included where it is held; null without a cap.</param>
public sealed record ReservationAnswer(AccessReason? Reason, decimal? Remaining)
{
    /// <summary>Whether it is held.</summary>
    public bool IsHeld => Reason is null;
}

/// <summary>Decides whether there is room: pure, so that every border can be tried.</summary>
public static class ReservationDecision
{
    /// <summary>There is room where what is used, what others hold and what is asked for fit together under the bound, the units likewise, and where credits pay for everything they pay for this too.</summary>
    public static ReservationAnswer Of(ReservationFacts facts)
    {
        var free = facts.Bound is { } bound ? Math.Max(0, bound - facts.Used - facts.Held) : (decimal?)null;
        var reason = facts.Access.Reason
            ?? (facts.Credits is { HasRoom: false } ? AccessReason.CreditsExhausted : (AccessReason?)null)
            ?? (facts.Cost > free || facts.Units is { HasRoom: false } || facts.Parts.Any(part => !part.HasRoom) ? AccessReason.LimitReached : null);
        return new ReservationAnswer(reason, reason is null ? free - facts.Cost : free);
    }
}
