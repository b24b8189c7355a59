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

        // After a change of zone, what has been billed may reach into the calendar's period: no instant is billed twice.
        var billed = subscription.BilledUntil;
        var start = period.Contains(billed) && billed <= instant ? billed : period.Start;
        return new Period(start, subscription.EndsAt is { } end && end < period.End ? end : period.End);
    }

    /// <summary>The oldest period that no invoice closes yet; null where all are closed.</summary>
    public static Period? Open(Customer customer, Subscription subscription) => At(customer, subscription, subscription.BilledUntil);

    /// <summary>The length of a whole period, of which a short first one is charged its share.</summary>
    public static TimeSpan NominalLength(Customer customer, Subscription subscription, Period period)
    {
        // An end inside a period shortens the period, not the whole that it is a share of.
        var calendar = CalendarOf(customer, subscription);
        var whole = calendar.PeriodAt(period.Start) ?? period;
        if (period.End > whole.End)
        {
            // It was cut in the zone that the customer had then.
            return period.Duration;
        }

        return calendar.ShareOf(whole) is var share and < 1
            ? TimeSpan.FromTicks((long)(whole.Duration.Ticks / share))
            : whole.Duration;
    }

    /// <summary>Days left in a period, today included, in the customer's zone.</summary>
    public static int DaysLeft(Customer customer, Subscription subscription, Period period, DateTimeOffset now) =>
        CalendarOf(customer, subscription).DaysLeft(period, now);

    /// <summary>Whether a discount holds in a period: its periods count from the one in which it began, or in which the trial ended.</summary>
    public static bool Holds(Discount discount, Customer customer, Subscription subscription, Period period)
    {
        ArgumentNullException.ThrowIfNull(discount);
        if (discount.Periods is not { } periods)
        {
            return true;
        }

        var calendar = CalendarOf(customer, subscription);
        var first = subscription.TrialEndsAt > discount.Since ? subscription.TrialEndsAt.Value : discount.Since;
        return calendar.NumberAt(period.Start) - calendar.NumberAt(first) < periods;
    }

    private static BillingCalendar CalendarOf(Customer customer, Subscription subscription) =>
        new(subscription.StartsAt, subscription.AnchorDay, subscription.Interval, TimeZones.Find(customer.TimeZone)!);
}
