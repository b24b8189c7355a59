using Portal.Domain.Catalog;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Limits;

/// <summary>Why access is refused, in the order in which one cause is named (API.md, access).</summary>
public enum AccessReason
{
    /// <summary>The operator has paused the customer.</summary>
    PausedByOperator,

    /// <summary>The customer has paused itself.</summary>
    PausedByCustomer,

    /// <summary>The kill switch has paused it.</summary>
    PausedBySpike,

    /// <summary>An invoice is unpaid beyond its grace.</summary>
    PaymentFailed,

    /// <summary>The cap, or the limit of the feature asked for, is used up.</summary>
    LimitReached,

    /// <summary>The subscription ended with its trial.</summary>
    TrialEnded,

    /// <summary>The card does not include the feature asked for.</summary>
    FeatureNotIncluded,
}

/// <summary>Whether a customer may use the operator's product now.</summary>
/// <param name="Reason">Why not; null where it may.</param>
/// <param name="Limit">The limit that decides: of the feature in units, else the cap in the customer's currency; null without one.</param>
/// <param name="Used">What is used of it; usage in the customer's currency where there is no limit.</param>
/// <param name="Remaining">What is left until access ends; null without a limit.</param>
/// <param name="ResetsAt">When the period ends and usage counts from 0; null while no subscription runs.</param>
public sealed record AccessAnswer(AccessReason? Reason, decimal? Limit, decimal Used, decimal? Remaining, DateTimeOffset? ResetsAt)
{
    /// <summary>Whether it may.</summary>
    public bool Allowed => Reason is null;

    /// <summary>Whether another answer says something else to a gate, running figures aside.</summary>
    internal bool Decides(AccessAnswer? other) =>
        other is null || Reason != other.Reason || Limit != other.Limit || ResetsAt != other.ResetsAt;
}

/// <summary>What an access answer is made of.</summary>
/// <param name="Entry">The customer with its subscription, cap and pauses.</param>
/// <param name="Period">The running billing period; null where no subscription runs.</param>
/// <param name="Used">Usage of the running period, before what the cap keeps off the bill.</param>
/// <param name="Quantities">Units of the running period by meter; a meter without usage may be missing.</param>
/// <param name="Features">What the card in force includes.</param>
/// <param name="Now">The instant, in business time.</param>
public sealed record AccessFacts(
    CustomerEntry Entry, Period? Period, Money Used, IReadOnlyDictionary<string, decimal> Quantities, IReadOnlyList<Feature> Features, DateTimeOffset Now)
{
    /// <summary>What caps have kept off the bill of the running period until now.</summary>
    public Money NotBilled => LimitStand.NotBilled(Entry.Limit, Used, Period is { } period ? Entry.ForgivenIn(period) : 0);
}

/// <summary>Decides access: pure, so that every order of causes can be tried.</summary>
public static class AccessDecision
{
    /// <summary>The answer for a feature, or in general.</summary>
    /// <param name="facts">What is known.</param>
    /// <param name="feature">The feature's key; null for access in general.</param>
    public static AccessAnswer Of(AccessFacts facts, string? feature)
    {
        var cap = facts.Entry.Limit is { } limit ? new LimitStand(limit, facts.Used) : null;
        var included = feature is null ? null : facts.Features.FirstOrDefault(candidate => candidate.Key == feature);
        var units = included is { Limit: { } most, Meter: { } meter } ? new UnitStand(most, facts.Quantities.GetValueOrDefault(meter)) : null;
        var reason = Cause(facts, cap is { IsReached: true } || units is { IsReached: true }, notIncluded: feature is not null && included is null);

        // The cap's figures where the cap is what refuses: a feature's, with units left, would contradict the answer.
        return units is not null && cap is not { IsReached: true }
            ? new AccessAnswer(reason, units.Limit, units.Used, units.Remaining, facts.Period?.End)
            : new AccessAnswer(reason, cap?.Limit.Amount, facts.Used.Amount, cap?.Remaining, facts.Period?.End);
    }

    /// <summary>The first cause that holds, in the order of API.md.</summary>
    private static AccessReason? Cause(AccessFacts facts, bool limitReached, bool notIncluded)
    {
        var entry = facts.Entry;
        if (entry.OpenPauses is [var first, ..])
        {
            // They are held in the order of their causes.
            return first.Cause switch
            {
                PauseCause.Operator => AccessReason.PausedByOperator,
                PauseCause.Customer => AccessReason.PausedByCustomer,
                PauseCause.Spike => AccessReason.PausedBySpike,
            };
        }

        if (entry.Customer.RestrictedAt <= facts.Now)
        {
            return AccessReason.PaymentFailed;
        }

        if (limitReached)
        {
            return AccessReason.LimitReached;
        }

        if (entry.Subscription is { TrialEndsAt: { } trialEnd, EndsAt: { } end } && end <= trialEnd && end <= facts.Now)
        {
            return AccessReason.TrialEnded;
        }

        return notIncluded ? AccessReason.FeatureNotIncluded : null;
    }

    private sealed record UnitStand(decimal Limit, decimal Used)
    {
        public bool IsReached => Used >= Limit;

        public decimal Remaining => Math.Max(0, Limit - Used);
    }
}
