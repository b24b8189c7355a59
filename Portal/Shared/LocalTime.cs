using System.Globalization;
using NodaTime;
using Portal.Domain.Values;

namespace Portal.Shared;

/// <summary>What a date and time field holds, as an instant: the field knows no zone, the page does.</summary>
public static class LocalTime
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss";

    /// <summary>Reads a field of the type <c>datetime-local</c> in a zone; a time that is skipped there moves on, of one that comes twice the first counts.</summary>
    /// <param name="text">What the browser sent.</param>
    /// <param name="zone">IANA name of the zone.</param>
    /// <param name="at">The instant, in UTC.</param>
    public static bool TryParse(string text, string zone, out DateTimeOffset at)
    {
        at = default;
        if (!DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
        {
            return false;
        }

        at = (TimeZones.Find(zone) ?? DateTimeZone.Utc).AtLeniently(LocalDateTime.FromDateTime(local)).ToDateTimeOffset().ToUniversalTime();
        return true;
    }

    /// <summary>An instant as such a field shows it.</summary>
    public static string Format(DateTimeOffset at, string zone) =>
        Instant.FromDateTimeOffset(at).InZone(TimeZones.Find(zone) ?? DateTimeZone.Utc).LocalDateTime.ToDateTimeUnspecified().ToString(Form, CultureInfo.InvariantCulture);
}
