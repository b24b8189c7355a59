using Portal.Domain.Catalog;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Limits;

public sealed class AccessDecisionTests
{
    private static readonly Feature[] s_features = [new("chat", null, null), new("api", 50_000, "calls"), new("export", 0, "exports")];

    public static TheoryData<AccessReason?, Causes> Orders()
    {
        var data = new TheoryData<AccessReason?, Causes>();
        AccessReason?[] order =
        [
            AccessReason.PausedByOperator, AccessReason.PausedByCustomer, AccessReason.PausedBySpike, AccessReason.PaymentFailed,
            AccessReason.LimitReached, AccessReason.TrialEnded, AccessReason.FeatureNotIncluded,
        ];
        for (var causes = 0; causes < 1 << order.Length; causes++)
        {
            var first = order.Where((_, i) => (causes & (1 << i)) != 0).FirstOrDefault();
            data.Add(first, (Causes)causes);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void The_first_cause_that_holds_is_named_whatever_else_holds(AccessReason? expected, Causes causes)
    {
        var entry = Given.Entry(causes.HasFlag(Causes.Limit) ? Given.Cap(100) : null);
        entry.Customer.RestrictedAt = causes.HasFlag(Causes.Payment) ? Given.Now : null;
        if (causes.HasFlag(Causes.Trial))
        {
            (entry.Subscription!.TrialEndsAt, entry.Subscription.EndsAt) = (Given.Now, Given.Now);
        }

        var pauses = new[] { (Causes.Operator, PauseCause.Operator), (Causes.Customer, PauseCause.Customer), (Causes.Spike, PauseCause.Spike) }
            .Where(pause => causes.HasFlag(pause.Item1)).Select(pause => Given.Paused(pause.Item2));

        var answer = AccessDecision.Of(Facts(entry with { OpenPauses = [.. pauses] }, 100), AccessQuestion.Of(causes.HasFlag(Causes.Feature) ? "unheard-of" : "chat"));

        Assert.Equal(expected, answer.Reason);
        Assert.Equal(expected is null, answer.Allowed);
    }

    [Theory]
    [InlineData("99.99", LimitKind.Hard, true, null, "0.01")]
    [InlineData("100", LimitKind.Hard, true, AccessReason.LimitReached, "0")]
    [InlineData("130", LimitKind.Hard, true, AccessReason.LimitReached, "0")]
    [InlineData("100", LimitKind.Soft, true, null, "10")]
    [InlineData("109.99", LimitKind.Soft, true, null, "0.01")]
    [InlineData("110", LimitKind.Soft, true, AccessReason.LimitReached, "0")]
    [InlineData("500", LimitKind.Hard, false, null, "0")]
    public void A_hard_cap_stops_at_100_percent_a_soft_one_at_its_bound_one_without_protection_never(
        string used, LimitKind kind, bool enforced, AccessReason? reason, string remaining)
    {
        var answer = AccessDecision.Of(Facts(Given.Entry(Given.Cap(100, kind, enforced: enforced)), Decimal(used)), AccessQuestion.General);

        Assert.Equal(reason, answer.Reason);
        Assert.Equal((100m, Decimal(used), Decimal(remaining)), (answer.Limit!.Value, answer.Used, answer.Remaining!.Value));
        Assert.Equal(Given.March.End, answer.ResetsAt);
    }

    [Fact]
    public void A_cap_of_zero_refuses_even_the_first_use() =>
        Assert.Equal(AccessReason.LimitReached, AccessDecision.Of(Facts(Given.Entry(Given.Cap(0)), 0), AccessQuestion.General).Reason);

    [Fact]
    public void Without_a_cap_there_is_nothing_to_reach()
    {
        var answer = AccessDecision.Of(Facts(Given.Entry(), 12_345.67m), AccessQuestion.General);

        Assert.True(answer.Allowed);
        Assert.Equal((null, 12_345.67m, null), (answer.Limit, answer.Used, answer.Remaining));
    }

    [Theory]
    [InlineData(49_999, null, 1)]
    [InlineData(50_000, AccessReason.LimitReached, 0)]
    [InlineData(50_001, AccessReason.LimitReached, 0)]
    public void A_feature_with_a_limit_counts_units_of_its_meter(int calls, AccessReason? reason, int remaining)
    {
        var answer = AccessDecision.Of(Facts(Given.Entry(Given.Cap(100)), 10, ("calls", calls)), AccessQuestion.Of("api"));

        Assert.Equal(reason, answer.Reason);
        Assert.Equal((50_000m, (decimal)calls, (decimal)remaining), (answer.Limit!.Value, answer.Used, answer.Remaining!.Value));
    }

    [Fact]
    public void A_feature_that_is_used_up_leaves_the_others_and_access_in_general_open()
    {
        var facts = Facts(Given.Entry(), 10, ("calls", 60_000));

        Assert.False(AccessDecision.Of(facts, AccessQuestion.Of("api")).Allowed);
        Assert.True(AccessDecision.Of(facts, AccessQuestion.Of("chat")).Allowed);
        Assert.True(AccessDecision.Of(facts, AccessQuestion.General).Allowed);
    }

    [Fact]
    public void Where_the_cap_refuses_a_feature_its_figures_are_the_caps()
    {
        var answer = AccessDecision.Of(Facts(Given.Entry(Given.Cap(100)), 120, ("calls", 7)), AccessQuestion.Of("api"));

        Assert.Equal(AccessReason.LimitReached, answer.Reason);
        Assert.Equal((100m, 120m, 0m), (answer.Limit!.Value, answer.Used, answer.Remaining!.Value));
    }

    [Fact]
    public void A_limit_of_zero_units_is_used_up_from_the_start() =>
        Assert.Equal(AccessReason.LimitReached, AccessDecision.Of(Facts(Given.Entry(), 0), AccessQuestion.Of("export")).Reason);

    [Fact]
    public void A_restriction_that_begins_later_does_not_refuse_yet()
    {
        var entry = Given.Entry();
        entry.Customer.RestrictedAt = Given.Now.AddSeconds(1);

        Assert.True(AccessDecision.Of(Facts(entry, 0), AccessQuestion.General).Allowed);
    }

    [Theory]
    [InlineData(-1, -1, AccessReason.TrialEnded)]
    [InlineData(-1, 0, null)]
    [InlineData(1, 1, null)]
    [InlineData(-1, null, null)]
    public void A_trial_has_ended_only_where_the_subscription_ended_with_it(int trialEndsInHours, int? endsInHours, AccessReason? reason)
    {
        var entry = Given.Entry();
        entry.Subscription!.TrialEndsAt = Given.Now.AddHours(trialEndsInHours);
        entry.Subscription.EndsAt = endsInHours is { } hours ? Given.Now.AddHours(hours) : null;

        Assert.Equal(reason, AccessDecision.Of(Facts(entry, 0), AccessQuestion.General).Reason);
    }

    private static AccessFacts Facts(CustomerEntry entry, decimal used, params (string Meter, decimal Quantity)[] quantities) => new(
        entry, Given.March, Given.Dollars(used), quantities.ToDictionary(pair => pair.Meter, pair => pair.Quantity), s_features, Given.Now);

    private static decimal Decimal(string text) => DecimalText.TryParse(text, out var value) ? value : throw new ArgumentException(text);

    /// <summary>Everything that can refuse access at once, in the order of API.md.</summary>
    [Flags]
    public enum Causes
    {
        None = 0,
        Operator = 1,
        Customer = 2,
        Spike = 4,
        Payment = 8,
        Limit = 16,
        Trial = 32,
        Feature = 64,
    }
}
