using NodaTime;

namespace Portal.Domain.Values;

/// <summary>How finely a report cuts time, in the zone of its reader.</summary>
public enum TimeWindow
{
    Hour,
    Day,
    Month,
}

/// <summary>Cuts time into local hours, days and months; a local day has 23 or 25 hours where the clocks change.</summary>
public static class TimeWindows
{
    /// <summary>The window of a zone that an instant falls into.</summary>
    public static Period At(this TimeWindow window, DateTimeOffset instant, DateTimeZone zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        return window switch
        {
            TimeWindow.Hour => HourAt(Instant.FromDateTimeOffset(instant), zone),
            TimeWindow.Day => Days(zone.DateAt(instant), date => date.PlusDays(1), zone),
            TimeWindow.Month => Days(zone.DateAt(instant).With(DateAdjusters.StartOfMonth), date => date.PlusMonths(1), zone),
        };
    }

    /// <summary>The windows that cover a period, in order; the first and last are whole, so they may reach beyond it.</summary>
    public static IEnumerable<Period> Covering(this TimeWindow window, Period period, DateTimeZone zone)
    {
        for (var at = period.Start; at < period.End;)
        {
            var next = window.At(at, zone);
            yield return next;
            at = next.End;
        }
    }

    private static Period Days(LocalDate first, Func<LocalDate, LocalDate> next, DateTimeZone zone) => new(zone.StartOf(first), zone.StartOf(next(first)));

    private static Period HourAt(Instant instant, DateTimeZone zone)
    {
        var local = instant.InZone(zone);
        var start = instant - Duration.FromTicks(local.TimeOfDay.TickOfDay % NodaConstants.TicksPerHour);
        var end = start + Duration.FromHours(1);

        // Lord Howe's clocks change by half an hour: the hour is cut there, so that no instant is in two hours.
        var offset = zone.GetZoneInterval(instant);
        start = offset.HasStart ? Instant.Max(start, offset.Start) : start;
        end = offset.HasEnd ? Instant.Min(end, offset.End) : end;
        return new Period(start.ToDateTimeOffset(), end.ToDateTimeOffset());
    }
}
