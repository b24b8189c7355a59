using NodaTime;

namespace Portal.Domain.Alerts;

/// <summary>When a person is left alone. Pure.</summary>
public static class QuietHours
{
    /// <summary>Until when a mail waits that is written now; null where it may leave.</summary>
    /// <param name="from">From when in the day; null for never.</param>
    /// <param name="until">Until when; before <paramref name="from"/> it is on the next day.</param>
    /// <param name="zone">The zone of both.</param>
    /// <param name="now">Business time.</param>
    public static DateTimeOffset? HoldUntil(TimeOnly? from, TimeOnly? until, DateTimeZone zone, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(zone);
        if (from is not { } start || until is not { } end || start == end)
        {
            return null;
        }

        var local = Instant.FromDateTimeOffset(now).InZone(zone).LocalDateTime;
        var time = TimeOnly.FromTimeSpan(local.ToDateTimeUnspecified().TimeOfDay);
        if (!time.IsBetween(start, end))
        {
            return null;
        }

        var day = time < end ? local.Date : local.Date.PlusDays(1);
        return zone.AtLeniently(day.At(LocalTime.FromTicksSinceMidnight(end.Ticks))).ToDateTimeOffset().ToUniversalTime();
    }
}
