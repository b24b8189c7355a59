using System.Globalization;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Values;

public sealed class BillingCalendarTests
{
    [Fact]
    public void A_subscription_that_began_on_the_31st_comes_back_to_the_31st() => Assert.Equal(
        ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"],
        Starts(Calendar("2026-01-31T00:00:00Z", 31), 5));

    [Fact]
    public void A_leap_year_has_its_29th_of_February() => Assert.Equal(
        ["2028-01-30", "2028-02-29", "2028-03-30", "2028-04-30"],
        Starts(Calendar("2028-01-30T00:00:00Z", 30), 4));

    [Fact]
    public void Quarters_count_from_the_anchor() => Assert.Equal(
        ["2025-11-30", "2026-02-28", "2026-05-30", "2026-08-30"],
        Starts(Calendar("2025-11-30T00:00:00Z", 30, BillingInterval.Quarter), 4));

    [Fact]
    public void Years_from_the_29th_of_February_return_to_it() => Assert.Equal(
        ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"],
        Starts(Calendar("2024-02-29T00:00:00Z", 29, BillingInterval.Year), 5));

    [Fact]
    public void Weeks_begin_on_their_weekday() => Assert.Equal(
        ["2026-03-04", "2026-03-09", "2026-03-16", "2026-03-23"],     // a Wednesday, then Mondays
        Starts(Calendar("2026-03-04T12:00:00Z", 1, BillingInterval.Week), 4));

    [Theory]
    [InlineData("2026-01-15T10:30:00Z", 15, true, "2026-02-15", "1")]
    [InlineData("2026-01-15T10:30:00Z", 1, false, "2026-02-01", "0.5342741935483870967741935484")]      // 16 days 13.5 hours of 31 days
    [InlineData("2026-01-15T00:00:00Z", 20, false, "2026-01-20", "0.1612903225806451612903225806")]     // 5 of 31 days
    [InlineData("2026-02-28T00:00:00Z", 31, true, "2026-03-31", "1")]     // February's 31st is its last day
    [InlineData("2026-02-27T00:00:00Z", 31, false, "2026-02-28", "0.0357142857142857142857142857")]     // 1 of 28 days
    [InlineData("2026-01-31T23:59:59Z", 31, true, "2026-02-28", "1")]
    public void The_first_period_runs_to_the_next_anchor_day(string startsAt, int anchorDay, bool whole, string end, string share)
    {
        var calendar = Calendar(startsAt, anchorDay);
        Assert.Equal(At(startsAt), calendar.First.Start);
        Assert.Equal(At(end + "T00:00:00Z"), calendar.First.End);
        Assert.Equal(whole, calendar.FirstIsWhole);
        Assert.Equal(decimal.Parse(share, CultureInfo.InvariantCulture), calendar.FirstShare);
        Assert.Equal(calendar.FirstShare, calendar.ShareOf(calendar.First));
        Assert.Equal(1m, calendar.ShareOf(calendar.PeriodAfter(calendar.First)));
    }

    [Fact]
    public void The_anchor_day_is_a_day_of_the_customers_zone()
    {
        // 23:30 UTC on the 31st is the 1st in Berlin: a whole period, to the midnight there.
        var berlin = Calendar("2026-01-31T23:30:00Z", 1, zone: "Europe/Berlin");
        Assert.True(berlin.FirstIsWhole);
        Assert.Equal(At("2026-02-28T23:00:00Z"), berlin.First.End);
        Assert.Equal(1, BillingCalendar.DefaultAnchorDay(At("2026-01-31T23:30:00Z"), BillingInterval.Month, TimeZones.Find("Europe/Berlin")!));
        Assert.Equal(7, BillingCalendar.DefaultAnchorDay(At("2026-01-31T23:30:00Z"), BillingInterval.Week, TimeZones.Find("Europe/Berlin")!));
    }

    [Fact]
    public void A_year_that_starts_off_its_anchor_day_has_a_stub_and_then_whole_years()
    {
        var calendar = Calendar("2026-03-15T00:00:00Z", 1, BillingInterval.Year);
        Assert.Equal(["2026-03-15", "2026-04-01", "2027-04-01", "2028-04-01"], Starts(calendar, 4));
        Assert.Equal(17m / 365m, calendar.FirstShare);
    }

    [Fact]
    public void An_hour_that_the_clocks_skip_or_repeat_moves_no_midnight()
    {
        var berlin = Calendar("2026-03-01T00:00:00+01:00", 1, zone: "Europe/Berlin");
        Assert.Equal(TimeSpan.FromHours((31 * 24) - 1), berlin.First.Duration);
        var october = berlin.PeriodAt(At("2026-10-10T00:00:00Z"))!.Value;
        Assert.Equal(TimeSpan.FromHours((31 * 24) + 1), october.Duration);
    }

    [Fact]
    public void A_midnight_that_is_skipped_gives_way_to_the_first_instant_of_the_day()
    {
        // Beirut went from 00:00 to 01:00 on 27 March 2022; Samoa had no 30 December 2011 at all.
        Assert.Equal(At("2022-03-26T22:00:00Z"), Calendar("2022-02-27T12:00:00Z", 27, zone: "Asia/Beirut").First.End);
        Assert.Equal(At("2011-12-30T10:00:00Z"), Calendar("2011-11-30T12:00:00Z", 30, zone: "Pacific/Apia").First.End);
    }

    [Fact]
    public void A_midnight_that_comes_twice_counts_the_first_time() =>
        Assert.Equal(At("2020-11-01T04:00:00Z"), Calendar("2020-10-01T12:00:00Z", 1, zone: "America/Havana").First.End);

    [Fact]
    public void There_is_no_period_before_the_start()
    {
        var calendar = Calendar("2026-01-15T10:30:00Z", 15);
        Assert.Null(calendar.PeriodAt(At("2026-01-15T10:29:59Z")));
        Assert.Equal(calendar.First, calendar.PeriodAt(At("2026-01-15T10:30:00Z")));
    }

    [Theory]
    [InlineData(0, BillingInterval.Month)]
    [InlineData(32, BillingInterval.Month)]
    [InlineData(8, BillingInterval.Week)]
    public void An_anchor_day_that_no_interval_has_is_refused(int day, BillingInterval interval) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Calendar("2026-01-01T00:00:00Z", day, interval));

    [Theory]
    [InlineData("2026-02-01T00:00:00Z", 28)]
    [InlineData("2026-02-27T12:00:00Z", 2)]
    [InlineData("2026-02-28T00:00:00Z", 1)]
    [InlineData("2026-02-28T23:59:59Z", 1)]
    [InlineData("2026-03-01T00:00:00Z", 0)]
    public void Says_how_many_days_are_left(string now, int days)
    {
        var calendar = Calendar("2026-02-01T00:00:00Z", 1);
        Assert.Equal(days, calendar.DaysLeft(calendar.First, At(now)));
    }

    public static TheoryData<string, int, BillingInterval> Walks()
    {
        var walks = new TheoryData<string, int, BillingInterval>();
        foreach (var zone in new[] { "UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Kiritimati", "America/Havana", "Africa/Cairo" })
        {
            foreach (var day in new[] { 1, 15, 28, 29, 30, 31 })
            {
                walks.Add(zone, day, BillingInterval.Month);
                walks.Add(zone, day, BillingInterval.Quarter);
                walks.Add(zone, day, BillingInterval.Year);
            }

            walks.Add(zone, 7, BillingInterval.Week);
        }

        return walks;
    }

    [Theory]
    [MemberData(nameof(Walks))]
    public void Periods_follow_each_other_without_gap_or_overlap(string zoneId, int anchorDay, BillingInterval interval)
    {
        var zone = TimeZones.Find(zoneId)!;
        var startsAt = At("2024-01-10T09:17:03Z");
        var calendar = new BillingCalendar(startsAt, anchorDay, interval, zone);
        var period = calendar.First;
        Assert.Equal(startsAt, period.Start);
        for (var n = 0; n < 60; n++)
        {
            Assert.Equal(period, calendar.PeriodAt(period.Start));
            Assert.Equal(period, calendar.PeriodAt(period.End.AddTicks(-1)));
            var next = calendar.PeriodAfter(period);
            Assert.Equal(period.End, next.Start);
            Assert.True(next.Duration > TimeSpan.FromDays(6));

            var date = zone.DateAt(next.Start);
            Assert.Equal(zone.StartOf(date), next.Start);
            Assert.True(interval == BillingInterval.Week
                ? (int)date.DayOfWeek == anchorDay
                : date.Day == Math.Min(anchorDay, DateTime.DaysInMonth(date.Year, date.Month)));
            period = next;
        }
    }

    private static BillingCalendar Calendar(string startsAt, int anchorDay, BillingInterval interval = BillingInterval.Month, string zone = "UTC") =>
        new(At(startsAt), anchorDay, interval, TimeZones.Find(zone)!);

    private static IEnumerable<string> Starts(BillingCalendar calendar, int count)
    {
        var period = calendar.First;
        for (var n = 0; n < count; n++)
        {
            yield return period.Start.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            period = calendar.PeriodAfter(period);
        }
    }

    private static DateTimeOffset At(string instant) => DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture);
}
