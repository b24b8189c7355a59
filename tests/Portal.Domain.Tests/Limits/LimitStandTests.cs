using Portal.Domain.Limits;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Limits;

public sealed class LimitStandTests
{
    [Theory]
    // No cap: nothing is kept off the bill, but what was forgiven stays so.
    [InlineData(null, LimitKind.Hard, true, 150, 0, 0)]
    [InlineData(null, LimitKind.Hard, true, 150, 50, 50)]
    // A hard cap: what is above it.
    [InlineData(100, LimitKind.Hard, true, 99, 0, 0)]
    [InlineData(100, LimitKind.Hard, true, 100, 0, 0)]
    [InlineData(100, LimitKind.Hard, true, 150, 0, 50)]
    // A soft cap: what is above its bound of 110.
    [InlineData(100, LimitKind.Soft, true, 108, 0, 0)]
    [InlineData(100, LimitKind.Soft, true, 150, 0, 40)]
    // No protection: all is billed but what was forgiven.
    [InlineData(100, LimitKind.Hard, false, 150, 0, 0)]
    [InlineData(100, LimitKind.Hard, false, 150, 20, 20)]
    // Raised to 200 at 150 under a cap of 100: 50 stay unbilled, and more once usage is above 250.
    [InlineData(200, LimitKind.Hard, true, 150, 50, 50)]
    [InlineData(200, LimitKind.Hard, true, 199, 50, 50)]
    [InlineData(200, LimitKind.Hard, true, 260, 50, 60)]
    // A correction takes usage below what was forgiven: no more than the usage itself is taken off.
    [InlineData(200, LimitKind.Hard, true, 30, 50, 30)]
    [InlineData(100, LimitKind.Hard, true, -5, 50, 0)]
    [InlineData(0, LimitKind.Hard, true, 12, 0, 12)]
    public void What_is_not_billed_is_the_usage_above_the_bound_and_at_least_what_was_forgiven(
        int? cap, LimitKind kind, bool enforced, int used, int forgiven, int notBilled) =>
        Assert.Equal(
            Given.Dollars(notBilled),
            LimitStand.NotBilled(cap is { } amount ? Given.Cap(amount, kind, enforced: enforced) : null, Given.Dollars(used), forgiven));

    [Fact]
    public void With_a_cap_the_billed_usage_never_exceeds_its_bound()
    {
        var random = new Random(20_260_312);
        for (var i = 0; i < 10_000; i++)
        {
            var cap = Given.Cap(random.Next(0, 20_000) / 100m, random.Next(2) == 0 ? LimitKind.Hard : LimitKind.Soft, random.Next(0, 101));
            var used = Given.Dollars(random.Next(0, 50_000) / 100m);
            var billed = used - LimitStand.NotBilled(cap, used, random.Next(0, 10_000) / 100m);

            Assert.InRange(billed.Amount, 0, cap.Bound + 0.005m);
        }
    }

    [Theory]
    [InlineData("79.99", 80, false)]
    [InlineData("80", 80, true)]
    [InlineData("99.99", 100, false)]
    [InlineData("100", 100, true)]
    [InlineData("150", 150, true)]
    public void A_threshold_is_crossed_when_it_is_met_exactly(string used, int threshold, bool crossed)
    {
        Assert.True(DecimalText.TryParse(used, out var amount));
        Assert.Equal(crossed, Given.Stand(amount, 100).HasCrossed(threshold));
    }

    [Fact]
    public void The_share_of_a_cap_of_zero_is_all_of_it() => Assert.Equal(100, Given.Stand(0, 0).Percent);
}
