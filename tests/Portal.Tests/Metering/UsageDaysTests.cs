using Portal.Domain.Values;
using Portal.Metering;

namespace Portal.Tests.Metering;

public sealed class UsageDaysTests
{
    [Theory]
    [InlineData("Europe/Berlin", 2026, 10, 25, 25, "02:00 (+02), 02:00 (+01)")]
    [InlineData("Europe/Berlin", 2026, 3, 29, 23, "")]
    [InlineData("America/New_York", 2026, 11, 1, 25, "01:00 (-04), 01:00 (-05)")]
    [InlineData("Asia/Kathmandu", 2026, 10, 25, 24, "")]
    public void A_day_has_the_hours_that_its_zone_gives_it_and_each_a_name_of_its_own(string zone, int year, int month, int day, int hours, string twice)
    {
        var date = new DateOnly(year, month, day);
        var days = new DaySpan(date, date);

        // Which customer it is matters for billing periods alone.
        var time = new UsageDays(null!, default, TimeZones.Find(zone)!);
        var windows = TimeWindow.Hour.Covering(time.Instants(days), time.Zone).ToList();
        var labels = windows.ConvertAll(window => time.Label(window.Start, TimeWindow.Hour, days));

        Assert.Equal(hours, windows.Count);
        Assert.All(windows, window => Assert.Equal(TimeSpan.FromHours(1), window.Duration));
        Assert.Equal(hours, labels.Distinct().Count());
        Assert.Equal(twice, string.Join(", ", labels.Where(label => label.Contains('('))));
    }
}
