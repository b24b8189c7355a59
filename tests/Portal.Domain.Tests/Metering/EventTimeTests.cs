using System.Globalization;
using System.Text;
using Portal.Domain.Metering;

namespace Portal.Domain.Tests.Metering;

public sealed class EventTimeTests
{
    [Theory]
    [InlineData("2026-02-05T10:00:00Z", "2026-02-05T10:00:00.000000")]
    [InlineData("2026-02-05t10:00:00z", "2026-02-05T10:00:00.000000")]
    [InlineData("2026-02-05T10:00:00.5+05:45", "2026-02-05T04:15:00.500000")]
    [InlineData("2026-02-05T10:00:00-23:59", "2026-02-06T09:59:00.000000")]
    [InlineData("2026-02-05T10:00:00-00:00", "2026-02-05T10:00:00.000000")]
    [InlineData("2026-02-05T10:00:00.1234567891234Z", "2026-02-05T10:00:00.123456")]
    [InlineData("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000")]
    [InlineData("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999")]
    [InlineData("2017-01-01T00:59:60.7+01:00", "2016-12-31T23:59:59.999999")]
    [InlineData("2016-12-31T18:59:60-05:00", "2016-12-31T23:59:59.999999")]
    public void Is_read_as_an_instant_to_the_microsecond(string text, string utc)
    {
        Assert.True(EventTime.TryParse(Encoding.UTF8.GetBytes(text), out var ticks));
        Assert.Equal(utc, new DateTime(ticks).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-02-05T10:00:00")]
    [InlineData("2026-02-05T10:00Z")]
    [InlineData("2026-02-05 10:00:00Z")]
    [InlineData("2026-2-05T10:00:00Z")]
    [InlineData("2026-02-30T10:00:00Z")]
    [InlineData("2025-02-29T10:00:00Z")]
    [InlineData("2026-13-01T10:00:00Z")]
    [InlineData("2026-00-01T10:00:00Z")]
    [InlineData("0000-01-01T10:00:00Z")]
    [InlineData("2026-02-05T24:00:00Z")]
    [InlineData("2026-02-05T10:60:00Z")]
    [InlineData("2026-02-05T10:00:60Z")]
    [InlineData("2026-02-05T23:59:60+01:00")]
    [InlineData("2026-02-05T10:00:61Z")]
    [InlineData("2026-02-05T10:00:00.Z")]
    [InlineData("2026-02-05T10:00:00.5")]
    [InlineData("2026-02-05T10:00:00+0100")]
    [InlineData("2026-02-05T10:00:00+24:00")]
    [InlineData("2026-02-05T10:00:00+01:60")]
    [InlineData("2026-02-05T10:00:00Z ")]
    [InlineData("2026-02-05T10:00:00,5Z")]
    [InlineData("+002026-02-05T10:00:00Z")]
    public void Anything_else_is_no_time(string text) => Assert.False(EventTime.TryParse(Encoding.UTF8.GetBytes(text), out _));
}
