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

    /// <summary>The card sells for prepaid credits alone, and they are used up.</summary>
    CreditsExhausted,

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

    /// <summary>The limit on a part of usage whose figures these are, by its key; null where they are the cap's or the feature's own.</summary>
    public string? LimitKey { get; init; }

    /// <summary>What the figures hold for while the database is away and usage waits on this host's disk, in a sentence; null otherwise.</summary>
    public string? Note { get; init; }

    /// <summary>The answer with what it holds for, where it counts usage that waits on this host's disk.</summary>
    /// <param name="known">The answer without that usage.</param>
    /// <param name="reservePercent">What may be used beyond a limit meanwhile, in percent of it.</param>
    internal AccessAnswer OnDisk(AccessAnswer known, decimal reservePercent)
    {
        var isLimit = Limit is not null && Limit == known.Limit && LimitKey == known.LimitKey;
        if (known.Reason is AccessReason.LimitReached or AccessReason.CreditsExhausted || (!isLimit && Reason != AccessReason.CreditsExhausted))
        {
            return this;
        }

        var waiting = Used == known.Used ? "Other usage waits on this host's disk until the database takes it"
            : $"{DecimalText.Format(Used - known.Used)} of what is used waits on this host's disk until the database takes it";
        return this with
        {
            Note = Reason == AccessReason.CreditsExhausted
                ? $"{waiting}, and is more than the credits that were left pay for."
                : $"{waiting}. Meanwhile access ends {DecimalText.Format(reservePercent)} % of the limit later than it else would, and what is used above the limit is not billed.",
        };
    }

    /// <summary>Whether another answer says something else to a gate, running figures aside.</summary>
    internal bool Decides(AccessAnswer? other) =>
        other is null || Reason != other.Reason || Limit != other.Limit || LimitKey != other.LimitKey || ResetsAt != other.ResetsAt;
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
    /// <summary>Where the customer stands with its limits on parts of usage.</summary>
    public IReadOnlyList<UsageLimitStand> Parts { get; init; } = [];

    /// <summary>Whether the card sells for prepaid credits alone, and none are left.</summary>
    public bool CreditsExhausted { get; init; }

    /// <summary>The same without the usage that waits on this host's disk; null where none waits.</summary>
    internal AccessFacts? Known { get; private init; }

    /// <summary>What may be used beyond a limit while usage waits, in percent of the limit.</summary>
    internal decimal ReservePercent { get; private init; }

    /// <summary>What may be used beyond a limit while usage waits, in the limit's measure.</summary>
    internal decimal ReserveOf(decimal limit) => limit * ReservePercent / 100;

    /// <summary>These facts, with usage that waits on this host's disk, where the database knows less. A limit that was reached before has no reserve.</summary>
    internal AccessFacts OnTopOf(AccessFacts known, decimal reservePercent)
    {
        var facts = this with { Known = known, ReservePercent = reservePercent };
        return facts with
        {
            Parts = [.. Parts.Select(part => known.Parts.Any(before => before.Limit.Key == part.Limit.Key && before.IsReached) ? part : part with { Reserve = facts.ReserveOf(part.Limit.Most) })],
        };
    }

    /// <summary>What caps have kept off the bill of the running period until now.</summary>
    public Money NotBilled => LimitStand.NotBilled(Entry.Limit, Used, Period is { } period ? Entry.ForgivenIn(period) : 0);
}

/// <summary>Decides access: pure, so that every order of causes can be tried.</summary>
public static class AccessDecision
{
    /// <summary>The answer to a question.</summary>
    /// <remarks>
    /// Its figures are those of the limit that refuses, the widest first: the cap, what the plan includes, the customer's own limits. A feature's, with
    /// units left, would contradict the answer. Where nothing refuses they are the plan's for the feature, else those of the own limit that is nearest to
    /// its end, else the cap's. While usage waits on this host's disk each limit ends access beyond its reserve only, unless it was reached before.
    /// </remarks>
    public static AccessAnswer Of(AccessFacts facts, AccessQuestion question)
    {
        var answer = Answer(facts, question);

        // A cap without its protection ends nothing, now or later.
        return facts.Known is not { } known || (facts.Entry.Limit is { Enforced: false } cap && answer.LimitKey is null && answer.Limit == cap.Amount)
            ? answer
            : answer.OnDisk(Answer(known, question), facts.ReservePercent);
    }

    private static AccessAnswer Answer(AccessFacts facts, AccessQuestion question)
    {
        var cap = facts.Entry.Limit is { } limit ? new LimitStand(limit, facts.Used) { Reserve = facts.Known is { } before && !new LimitStand(limit, before.Used).IsReached ? facts.ReserveOf(limit.Amount) : 0 } : null;
        var included = question.Feature is null ? null : facts.Features.FirstOrDefault(candidate => candidate.Key == question.Feature);
        var units = included is { Limit: { } most, Meter: { } meter } ? UnitStand.Of(facts, most, meter) : null;
        var part = facts.Parts.Where(stand => stand.Decides(question, included?.Meter)).OrderByDescending(stand => stand.IsReached).ThenByDescending(stand => stand.Percent).FirstOrDefault();
        var isReached = cap is { IsReached: true } || units is { IsReached: true } || part is { IsReached: true };
        var reason = Cause(facts, isReached, notIncluded: question.Feature is not null && included is null);
        var resets = facts.Period?.End;
        if (cap is { IsReached: true })
        {
            return new AccessAnswer(reason, cap.Limit.Amount, facts.Used.Amount, cap.Remaining, resets);
        }

        if (units is not null && (units.IsReached || part is not { IsReached: true }))
        {
            return new AccessAnswer(reason, units.Limit, units.Used, units.Remaining, resets);
        }

        return part is not null
            ? new AccessAnswer(reason, part.Limit.Most, part.Used, part.Remaining, resets) { LimitKey = part.Limit.Key }
            : new AccessAnswer(reason, cap?.Limit.Amount, facts.Used.Amount, cap?.Remaining, resets);
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

        if (facts.CreditsExhausted)
        {
            return AccessReason.CreditsExhausted;
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

    private sealed record UnitStand(decimal Limit, decimal Used, decimal Reserve)
    {
        public bool IsReached => Used >= Limit + Reserve;

        public decimal Remaining => Math.Max(0, Limit + Reserve - Used);

        public static UnitStand Of(AccessFacts facts, decimal limit, string meter) => new(
            limit, facts.Quantities.GetValueOrDefault(meter),
            facts.Known is { } known && known.Quantities.GetValueOrDefault(meter) < limit ? facts.ReserveOf(limit) : 0);
    }
}
