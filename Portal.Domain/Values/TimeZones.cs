using NodaTime;
using NodaTime.TimeZones;

namespace Portal.Domain.Values;

/// <summary>IANA time zones, and where a local day begins in them.</summary>
public static class TimeZones
{
    // A midnight that comes twice counts the first time; one that is skipped gives way to the first instant after the gap.
    private static readonly ZoneLocalMappingResolver s_dayStart =
        Resolvers.CreateMappingResolver(Resolvers.ReturnEarlier, Resolvers.ReturnStartOfIntervalAfter);

    /// <summary>Every zone's identifier, in order.</summary>
    public static IReadOnlyList<string> Ids => DateTimeZoneProviders.Tzdb.Ids;

    /// <summary>The zone of an IANA identifier such as <c>Europe/Berlin</c>, or null when there is none.</summary>
    public static DateTimeZone? Find(string? id) => id is null ? null : DateTimeZoneProviders.Tzdb.GetZoneOrNull(id);

    /// <summary>The date in a zone at an instant.</summary>
    public static LocalDate DateAt(this DateTimeZone zone, DateTimeOffset instant)
    {
        ArgumentNullException.ThrowIfNull(zone);
        return Instant.FromDateTimeOffset(instant).InZone(zone).Date;
    }

    /// <summary>The instant, in UTC, at which a date begins in a zone: its midnight, or the first instant after a skipped one.</summary>
    public static DateTimeOffset StartOf(this DateTimeZone zone, LocalDate date)
    {
        ArgumentNullException.ThrowIfNull(zone);
        return zone.ResolveLocal(date.AtMidnight(), s_dayStart).ToInstant().ToDateTimeOffset();
    }

    /// <summary>The instant a number of days later at the same time of day in a zone; a time that is skipped there gives way to the first instant after the gap.</summary>
    public static DateTimeOffset SameTimeAfter(this DateTimeZone zone, DateTimeOffset instant, int days)
    {
        ArgumentNullException.ThrowIfNull(zone);
        var later = Instant.FromDateTimeOffset(instant).InZone(zone).LocalDateTime.PlusDays(days);
        return zone.ResolveLocal(later, s_dayStart).ToInstant().ToDateTimeOffset();
    }
}
