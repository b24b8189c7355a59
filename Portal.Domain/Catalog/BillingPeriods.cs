using Portal.Domain.Accounts;
using Portal.Domain.Values;

namespace Portal.Domain.Catalog;

/// <summary>A subscription's billing periods, in its customer's zone; the last one ends with the subscription.</summary>
public static class BillingPeriods
{
    /// <summary>The period that an instant falls into; null before the start and after the end of the subscription.</summary>
    public static Period? At(Customer customer, Subscription subscription, DateTimeOffset instant)
    {
        if (subscription.EndsAt <= instant || CalendarOf(customer, subscription).PeriodAt(instant) is not { } period)
        {
            return null;
        }

        return subscription.EndsAt is { } end && end < period.End ? new Period(period.Start, end) : period;
    }

    /// <summary>The length of a whole period, of which a short first one is charged its share.</summary>
    public static TimeSpan NominalLength(Customer customer, Subscription subscription, Period period)
    {
        // An end inside a period shortens the period, not the whole that it is a share of.
        var calendar = CalendarOf(customer, subscription);
        var whole = calendar.PeriodAt(period.Start) ?? period;
        return calendar.ShareOf(whole) is var share and < 1
            ? TimeSpan.FromTicks((long)(whole.Duration.Ticks / share))
            : whole.Duration;
    }

    /// <summary>Days left in a period, today included, in the customer's zone.</summary>
    public static int DaysLeft(Customer customer, Subscription subscription, Period period, DateTimeOffset now) =>
        CalendarOf(customer, subscription).DaysLeft(period, now);

    private static BillingCalendar CalendarOf(Customer customer, Subscription subscription) =>
        new(subscription.StartsAt, subscription.AnchorDay, subscription.Interval, TimeZones.Find(customer.TimeZone)!);
}
