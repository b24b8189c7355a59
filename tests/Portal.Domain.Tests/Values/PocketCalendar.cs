namespace Portal.Domain.Tests.Values;

/// <summary>Where days and billing periods begin in six zones from 2024 to 2028, by the rules of their clocks alone: it shares nothing with the calendar it checks.</summary>
internal static class PocketCalendar
{
    public static IReadOnlyList<string> Zones { get; } =
        ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Kiritimati", "UTC"];

    /// <summary>The instant at which a day begins.</summary>
    public static DateTimeOffset Midnight(string zone, DateOnly day) =>
        new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.FromMinutes(Offset(zone, day))).ToUniversalTime();

    /// <summary>How long a day is: 23, 23.5, 24, 24.5 or 25 hours.</summary>
    public static TimeSpan Length(string zone, DateOnly day) => Midnight(zone, day.AddDays(1)) - Midnight(zone, day);

    /// <summary>The days on which periods of so many months begin, the first one included.</summary>
    public static IEnumerable<DateOnly> Days(DateOnly first, int anchor, int months, DateOnly until)
    {
        for (var month = new DateOnly(first.Year, first.Month, 1); month <= until; month = month.AddMonths(months))
        {
            yield return month.AddDays(Math.Min(anchor, DateTime.DaysInMonth(month.Year, month.Month)) - 1);
        }
    }

    // Minutes east of Greenwich at the midnight a day begins with. On a day of change the old time still holds then.
    private static int Offset(string zone, DateOnly day) => zone switch
    {
        "Europe/Berlin" => day > LastSunday(day.Year, 3) && day <= LastSunday(day.Year, 10) ? 120 : 60,
        "America/New_York" => day > FirstSunday(day.Year, 3).AddDays(7) && day <= FirstSunday(day.Year, 11) ? -240 : -300,
        "Asia/Kathmandu" => 345,
        "Australia/Lord_Howe" => day > FirstSunday(day.Year, 4) && day <= FirstSunday(day.Year, 10) ? 630 : 660,
        "Pacific/Kiritimati" => 840,
        "UTC" => 0,
        _ => throw new ArgumentOutOfRangeException(nameof(zone), zone, "The pocket calendar does not know this zone."),
    };

    private static DateOnly FirstSunday(int year, int month)
    {
        var first = new DateOnly(year, month, 1);
        return first.AddDays((7 - (int)first.DayOfWeek) % 7);
    }

    private static DateOnly LastSunday(int year, int month)
    {
        var last = new DateOnly(year, month, DateTime.DaysInMonth(year, month));
        return last.AddDays(-(int)last.DayOfWeek);
    }
}
