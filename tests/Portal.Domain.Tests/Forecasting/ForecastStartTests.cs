using System.Globalization;
using Portal.Domain.Forecasting;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Forecasting;

public sealed class ForecastStartTests
{
    private const string TooEarly = "Forecast starts after 3 full days.";
    private const string TooLittle = "Forecast starts after a week of usage.";

    [Theory]
    [InlineData("2026-03-01T00:00+01:00", "2026-03-03T23:59:59+01:00", "2026-01-01T00:00Z", TooEarly)]
    [InlineData("2026-03-01T00:00+01:00", "2026-03-04T00:00+01:00", "2026-01-01T00:00Z", null)]
    [InlineData("2026-03-01T15:00+01:00", "2026-03-04T15:00+01:00", "2026-01-01T00:00Z", TooEarly)]
    [InlineData("2026-03-01T15:00+01:00", "2026-03-05T00:00+01:00", "2026-01-01T00:00Z", null)]
    [InlineData("2026-03-27T00:00+01:00", "2026-03-29T23:30+02:00", "2026-01-01T00:00Z", TooEarly)]
    [InlineData("2026-03-27T00:00+01:00", "2026-03-30T00:00+02:00", "2026-01-01T00:00Z", null)]
    [InlineData("2026-03-01T00:00+01:00", "2026-03-08T10:00+01:00", "2026-03-01T10:00+01:00", null)]
    [InlineData("2026-03-01T00:00+01:00", "2026-03-08T09:59+01:00", "2026-03-01T10:00+01:00", TooLittle)]
    [InlineData("2026-03-01T00:00+01:00", "2026-03-20T00:00+01:00", null, TooLittle)]
    public void There_is_no_number_before_three_whole_days_and_a_week_of_usage(string start, string now, string? firstUsage, string? reason) =>
        Assert.Equal(reason, ForecastStart.ReasonForNone(
            new Period(At(start), At(start).AddMonths(1)), TimeZones.Find("Europe/Berlin")!, firstUsage is null ? null : At(firstUsage), At(now)));

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
