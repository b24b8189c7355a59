using NodaTime;

namespace Portal.Domain.Values;

/// <summary>How long a billing period lasts.</summary>
public enum BillingInterval
{
    Week,
    Month,
    Quarter,
    Year,
}

/// <summary>The billing periods of a subscription, from local midnight to local midnight in the customer's zone.</summary>
/// <remarks>Every boundary is counted from the anchor, never from the boundary before it: 31 January, 28 February, 31 March.
/// The first period runs from the instant the subscription starts to the next anchor day. It counts as whole when the start
/// lies on an anchor day; else it is a stub before the first whole period, and what is prorated is charged by its share.</remarks>
public sealed class BillingCalendar
{
    private const int Stub = -1;

    private readonly DateTimeOffset _startsAt;
    private readonly int _anchorDay;
    private readonly BillingInterval _interval;
    private readonly DateTimeZone _zone;
    private readonly LocalDate _anchor;

    /// <summary>The calendar of a subscription.</summary>
    /// <param name="startsAt">The instant the first period starts.</param>
    /// <param name="anchorDay">The day of the month, 1 to 31 (a shorter month uses its last day); for weeks the day of the week, 1 (Monday) to 7.</param>
    /// <param name="interval">How long a period lasts.</param>
    /// <param name="zone">The customer's zone, from <see cref="TimeZones.Find"/>.</param>
    public BillingCalendar(DateTimeOffset startsAt, int anchorDay, BillingInterval interval, DateTimeZone zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        if (!IsAnchorDay(anchorDay, interval))
        {
            throw new ArgumentOutOfRangeException(nameof(anchorDay), anchorDay, $"The anchor day of a {interval} is from 1 to {LastAnchorDay(interval)}.");
        }

        _startsAt = startsAt.ToUniversalTime();
        _anchorDay = anchorDay;
        _interval = interval;
        _zone = zone;

        var startDate = zone.DateAt(startsAt);
        _anchor = NextAnchorDay(startDate);
        FirstIsWhole = _anchor == startDate;
    }

    /// <summary>Whether the start lies on an anchor day, so that the first period counts as a whole one.</summary>
    public bool FirstIsWhole { get; }

    /// <summary>The period that starts when the subscription does.</summary>
    public Period First => PeriodOf(FirstIsWhole ? 0 : Stub);

    /// <summary>The share of a whole period that the first one counts for: 1 when it is whole, else its part of it by elapsed time.</summary>
    public decimal FirstShare => FirstIsWhole ? 1m : First.ShareOf(new Period(BoundaryOf(Stub), BoundaryOf(0)));

    /// <summary>The last anchor day there can be: 7 for weeks, else 31.</summary>
    public static int LastAnchorDay(BillingInterval interval) => interval == BillingInterval.Week ? 7 : 31;

    /// <summary>Whether a number can be an anchor day of an interval.</summary>
    public static bool IsAnchorDay(int day, BillingInterval interval) => day >= 1 && day <= LastAnchorDay(interval);

    /// <summary>The anchor day where none is asked for: the day of the start in the customer's zone.</summary>
    public static int DefaultAnchorDay(DateTimeOffset startsAt, BillingInterval interval, DateTimeZone zone)
    {
        var date = zone.DateAt(startsAt);
        return interval == BillingInterval.Week ? (int)date.DayOfWeek : date.Day;
    }

    /// <summary>The period that an instant falls into, or null when it lies before the start.</summary>
    public Period? PeriodAt(DateTimeOffset instant)
    {
        return instant < _startsAt ? null : PeriodOf(NumberAt(instant));
    }

    /// <summary>Counts the periods: that of a later instant has a higher number, by one for each period between.</summary>
    public int NumberAt(DateTimeOffset instant)
    {
        // The estimate by calendar months or days is at most one boundary off; a skipped midnight can shift it once more.
        var n = EstimateOf(_zone.DateAt(instant));
        while (BoundaryOf(n) > instant)
        {
            n--;
        }

        while (BoundaryOf(n + 1) <= instant)
        {
            n++;
        }

        return n;
    }

    /// <summary>The period that follows one of this calendar's periods.</summary>
    public Period PeriodAfter(Period period) => PeriodAt(period.End)
        ?? throw new ArgumentException($"The period {period} ends before this subscription starts at {_startsAt:O}.", nameof(period));

    /// <summary>The share of a whole period that one of this calendar's periods counts for: less than 1 only for a stub at the start.</summary>
    public decimal ShareOf(Period period) => period.Start == _startsAt ? FirstShare : 1m;

    /// <summary>How many days of a period are left at an instant, the current one included, counted in the customer's zone; 0 once it is over.</summary>
    public int DaysLeft(Period period, DateTimeOffset now) =>
        now >= period.End ? 0 : Math.Max(1, NodaTime.Period.DaysBetween(_zone.DateAt(now), _zone.DateAt(period.End)));

    private Period PeriodOf(int n)
    {
        var start = BoundaryOf(n);
        return new Period(start < _startsAt ? _startsAt : start, BoundaryOf(n + 1));
    }

    private DateTimeOffset BoundaryOf(int n) => _zone.StartOf(_interval == BillingInterval.Week
        ? _anchor.PlusWeeks(n)
        : AnchorDayIn(_anchor.ToYearMonth().PlusMonths(n * Months)));

    private int EstimateOf(LocalDate date) => _interval == BillingInterval.Week
        ? NodaTime.Period.DaysBetween(_anchor, date) / 7
        : (((date.Year - _anchor.Year) * 12) + date.Month - _anchor.Month) / Months;

    private int Months => _interval switch
    {
        BillingInterval.Month => 1,
        BillingInterval.Quarter => 3,
        BillingInterval.Year => 12,
        BillingInterval.Week => throw new InvalidOperationException("Weeks are not counted in months."),
    };

    private LocalDate NextAnchorDay(LocalDate from)
    {
        if (_interval == BillingInterval.Week)
        {
            return from.PlusDays(((_anchorDay - (int)from.DayOfWeek) + 7) % 7);
        }

        var inThisMonth = AnchorDayIn(from.ToYearMonth());
        return inThisMonth >= from ? inThisMonth : AnchorDayIn(from.ToYearMonth().PlusMonths(1));
    }

    private LocalDate AnchorDayIn(YearMonth month) =>
        month.OnDayOfMonth(Math.Min(_anchorDay, CalendarSystem.Iso.GetDaysInMonth(month.Year, month.Month)));
}
