using NodaTime;

namespace Portal.Domain.Payments;

/// <summary>When a card expires, and when its owner is warned of it. Pure.</summary>
public static class CardExpiry
{
    private static readonly TimeSpan[] s_notices = [TimeSpan.FromDays(30), TimeSpan.FromDays(7)];

    /// <summary>The instant from which a card cannot be charged: the end of its last month.</summary>
    /// <param name="month">1 to 12.</param>
    /// <param name="year">The month's year.</param>
    /// <param name="zone">Where the month ends.</param>
    public static DateTimeOffset EndsAt(int month, int year, DateTimeZone zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        return zone.AtStartOfDay(new LocalDate(year, month, 1).PlusMonths(1)).ToInstant().ToDateTimeOffset();
    }

    /// <summary>The same for a saved card; null where its gateway did not say.</summary>
    public static DateTimeOffset? EndsAt(PaymentMethod method, DateTimeZone zone)
    {
        ArgumentNullException.ThrowIfNull(method);
        return method is { ExpiryMonth: { } month, ExpiryYear: { } year } ? EndsAt(month, year, zone) : null;
    }

    /// <summary>When the next warning is due, 30 and 7 days before the end; null where none is left.</summary>
    public static DateTimeOffset? NextNotice(DateTimeOffset endsAt, DateTimeOffset now) =>
        s_notices.Select(before => endsAt - before).Where(at => at > now).Select(at => (DateTimeOffset?)at).FirstOrDefault();

    /// <summary>Whether its owner should know by now that it expires, or has.</summary>
    public static bool IsNear(DateTimeOffset endsAt, DateTimeOffset now) => now >= endsAt - s_notices[0];
}
