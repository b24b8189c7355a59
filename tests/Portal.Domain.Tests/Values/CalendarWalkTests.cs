using NodaTime;
using Portal.Domain.Values;
using Period = Portal.Domain.Values.Period;

namespace Portal.Domain.Tests.Values;

/// <summary>The billing calendar on every day from 2024-01 to 2028-03, against a calendar of its own.</summary>
public sealed class CalendarWalkTests
{
    private static readonly DateOnly s_first = new(2024, 1, 1);
    private static readonly DateOnly s_last = new(2028, 3, 31);

    public static TheoryData<string, BillingInterval> Walks()
    {
        var walks = new TheoryData<string, BillingInterval>();
        foreach (var zone in PocketCalendar.Zones)
        {
            foreach (var interval in Enum.GetValues<BillingInterval>())
            {
                walks.Add(zone, interval);
            }
        }

        return walks;
    }

    [Theory]
    [MemberData(nameof(Walks))]
    public void Every_day_lies_in_one_period_that_begins_at_midnight_of_its_anchor_day(string zone, BillingInterval interval)
    {
        foreach (var anchor in interval == BillingInterval.Week ? Enumerable.Range(1, 7) : Enumerable.Range(28, 4))
        {
            var start = PocketCalendar.Midnight(zone, s_first);
            var calendar = new BillingCalendar(start, anchor, interval, TimeZones.Find(zone)!);
            var (period, number, length) = (calendar.First, calendar.NumberAt(start), TimeSpan.Zero);
            Assert.Equal(start, period.Start);
            var begins = Begins(interval, anchor);
            for (var day = s_first; day <= s_last; day = day.AddDays(1))
            {
                var midnight = PocketCalendar.Midnight(zone, day);
                if (day > s_first && begins.Contains(day))
                {
                    Assert.Equal((midnight, length), (period.End, period.Duration));
                    (period, length) = (new Period(midnight, calendar.PeriodAfter(period).End), TimeSpan.Zero);
                    number++;
                }

                length += PocketCalendar.Length(zone, day);
                var lastTick = PocketCalendar.Midnight(zone, day.AddDays(1)).AddTicks(-1);
                Assert.Equal((period, number), (calendar.PeriodAt(midnight)!.Value, calendar.NumberAt(midnight)));
                Assert.Equal((period, number), (calendar.PeriodAt(lastTick)!.Value, calendar.NumberAt(lastTick)));
            }
        }
    }

    [Theory]
    [InlineData("Europe/Berlin", -60, 5, 60, 4)]
    [InlineData("America/New_York", -60, 5, 60, 4)]
    [InlineData("Australia/Lord_Howe", -30, 4, 30, 4)]
    [InlineData("Asia/Kathmandu", -60, 0, 60, 0)]
    [InlineData("Pacific/Kiritimati", -60, 0, 60, 0)]
    [InlineData("UTC", -60, 0, 60, 0)]
    public void Days_on_which_the_clocks_change_have_their_own_length(string zoneId, int less, int shortDays, int more, int longDays)
    {
        var zone = TimeZones.Find(zoneId)!;
        var lengths = new List<TimeSpan>();
        for (var day = s_first; day <= s_last; day = day.AddDays(1))
        {
            var date = LocalDate.FromDateOnly(day);
            var whole = new Period(zone.StartOf(date), zone.StartOf(date.PlusDays(1)));
            lengths.Add(whole.Duration);
            Assert.Equal(PocketCalendar.Midnight(zoneId, day), whole.Start);
            Assert.Equal((date, date), (zone.DateAt(whole.Start), zone.DateAt(whole.End.AddTicks(-1))));

            // An hour is the larger part of the shorter day: time that passes is rated, not the hands of the clock.
            Assert.Equal((decimal)TimeSpan.TicksPerHour / whole.Duration.Ticks, new Period(whole.Start, whole.Start.AddHours(1)).ShareOf(whole));
        }

        Assert.Equal(shortDays, lengths.Count(length => length == TimeSpan.FromMinutes((24 * 60) + less)));
        Assert.Equal(longDays, lengths.Count(length => length == TimeSpan.FromMinutes((24 * 60) + more)));
        Assert.Equal(lengths.Count - shortDays - longDays, lengths.Count(length => length == TimeSpan.FromHours(24)));
    }

    private static HashSet<DateOnly> Begins(BillingInterval interval, int anchor)
    {
        if (interval != BillingInterval.Week)
        {
            var months = interval switch { BillingInterval.Month => 1, BillingInterval.Quarter => 3, _ => 12 };
            return [.. PocketCalendar.Days(s_first, anchor, months, s_last)];
        }

        return [.. Enumerable.Range(0, s_last.DayNumber - s_first.DayNumber + 1).Select(s_first.AddDays).Where(day => (int)day.DayOfWeek == anchor % 7)];
    }
}
