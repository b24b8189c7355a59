using System.Globalization;
using Portal.Shared;

namespace Portal.Tests.Shared;

public class MeterReadingTests
{
    [Theory]
    [InlineData("0", "100", MeterState.Fine)]
    [InlineData("79.99", "100", MeterState.Fine)]
    [InlineData("80", "100", MeterState.Near)]
    [InlineData("99.999", "100", MeterState.Near)]
    [InlineData("100", "100", MeterState.Full)]
    [InlineData("100.000001", "100", MeterState.Over)]
    [InlineData("0", "0", MeterState.Full)]
    public void The_state_follows_the_marks_at_80_and_100_percent(string used, string limit, MeterState state) =>
        Assert.Equal(state, new MeterReading(Number(used), Number(limit)).State);

    [Fact]
    public void Included_units_fill_the_whole_bar_and_a_cap_leaves_room_behind_its_mark()
    {
        Assert.Equal(100, new MeterReading(10, 10).Fill);
        Assert.Equal(100, new MeterReading(10, 10).Mark100);
        Assert.InRange(new MeterReading(500, 500, 500).Mark100, 90, 91);
        Assert.Equal(0, new MeterReading(500, 500, 500).Overflow);
    }

    [Fact]
    public void What_is_beyond_the_limit_is_a_segment_of_its_own_and_the_bar_grows_with_it()
    {
        var far = new MeterReading(250, 100, 110);

        Assert.Equal(40, far.Fill);
        Assert.Equal(40, far.Mark100);
        Assert.Equal(60, far.Overflow);
    }

    [Fact]
    public void A_meter_never_exceeds_its_own_maximum_and_never_falls_below_zero()
    {
        Assert.Equal(112.5m, new MeterReading(112.5m, 100).Max);
        Assert.Equal(100, new MeterReading(5, 100).Max);
        Assert.Equal(0, new MeterReading(-5, 100).Now);
        Assert.Equal(0, new MeterReading(-5, 100).Fill);
    }

    private static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);
}
