using Portal.Domain.Limits;

namespace Portal.Domain.Tests.Limits;

/// <summary>There is room up to the bound, and not a trillionth beyond it.</summary>
public sealed class ReservationDecisionTests
{
    private static readonly AccessAnswer s_open = new(null, null, 0, null, null);

    [Theory]
    [InlineData("100", "0", "0", "100", true, "0")]
    [InlineData("100", "0", "0", "100.000000000001", false, "100")]
    [InlineData("100", "60", "30", "10", true, "0")]
    [InlineData("100", "60", "30", "10.01", false, "10")]
    [InlineData("100", "120", "0", "0.01", false, "0")]
    [InlineData(null, "120", "500", "1000000", true, null)]
    public void Used_held_and_wanted_fit_together_under_the_bound(string? bound, string used, string held, string cost, bool isHeld, string? remaining)
    {
        var answer = ReservationDecision.Of(new ReservationFacts(s_open, Decimal(bound), Decimal(used)!.Value, Decimal(held)!.Value, Decimal(cost)!.Value, null));

        Assert.Equal(isHeld ? null : AccessReason.LimitReached, answer.Reason);
        Assert.Equal(Decimal(remaining), answer.Remaining);
    }

    [Theory]
    [InlineData(900, 50, 50, true)]
    [InlineData(900, 50, 51, false)]
    [InlineData(1000, 0, 1, false)]
    public void A_features_units_fit_together_under_its_limit(int used, int held, int wanted, bool isHeld) =>
        Assert.Equal(isHeld, ReservationDecision.Of(new ReservationFacts(s_open, null, 0, 0, 0, new UnitFacts(1000, used, held, wanted))).IsHeld);

    [Fact]
    public void Who_is_refused_access_reserves_nothing_and_hears_the_same_reason() =>
        Assert.Equal(
            new ReservationAnswer(AccessReason.PausedByOperator, 5),
            ReservationDecision.Of(new ReservationFacts(s_open with { Reason = AccessReason.PausedByOperator }, 5, 0, 0, 1, null)));

    private static decimal? Decimal(string? text) => text is null ? null : decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
