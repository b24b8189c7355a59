using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Recurring fees with an interval of their own: a support fee by the year on a card that is billed by the month.</summary>
/// <remarks>
/// Their periods are counted from the same anchor as the billing periods. A fee in advance belongs to the billing period in which its own one
/// begins, a fee in arrears to the one in which it ends. What a later change or end makes of a fee in advance belongs to the billing period of
/// that change: the fee as known at the period's end, less the fee as known at its start. So fees follow the one rule of everything else.
/// </remarks>
internal sealed class FeeSchedule(Customer customer, Subscription subscription, Func<int, RateCard> card)
{
    private readonly Currency _currency = Currency.Of(customer.Currency);

    /// <summary>What such fees charge in a billing period.</summary>
    /// <param name="period">The billing period.</param>
    /// <param name="segments">Its segments.</param>
    /// <param name="advanceUpTo">Fees in advance alone, of intervals that have begun by then; null for all that belongs to the period.</param>
    public IEnumerable<Charge> In(Period period, IReadOnlyList<BillingSegment> segments, DateTimeOffset? advanceUpTo = null)
    {
        foreach (var interval in Intervals().Where(interval => interval != subscription.Interval))
        {
            var calendar = CalendarOf(interval);

            // After a change of zone the calendar's boundary may lie a little before the billing period: what begins between is not lost.
            var begin = CalendarOf(subscription.Interval).PeriodAt(period.End.AddTicks(-1))!.Value.Start;
            begin = begin < period.Start ? begin : period.Start;
            for (var own = calendar.PeriodAt(begin)!.Value; own.Start < period.End; own = calendar.PeriodAfter(own))
            {
                foreach (var charge in Advance(interval, own, calendar, period, begin, advanceUpTo).Concat(advanceUpTo is null ? Arrears(interval, own, calendar, period, begin) : []))
                {
                    var at = segments.Index().Last(segment => segment.Item.Period.Start <= charge.Period.Start).Index;
                    yield return charge with { Segment = at };
                }
            }
        }
    }

    /// <summary>When the next such fee begins inside a billing period; null where none does.</summary>
    public DateTimeOffset? NextStart(Period period, DateTimeOffset after) => Intervals()
        .Where(interval => interval < subscription.Interval)
        .Select(interval => (DateTimeOffset?)CalendarOf(interval).PeriodAt(after > period.Start ? after : period.Start)!.Value.End)
        .Where(next => next < period.End).Min();

    private IEnumerable<Charge> Advance(
        BillingInterval interval, Period own, BillingCalendar calendar, Period period, DateTimeOffset begin, DateTimeOffset? upTo)
    {
        if (upTo < own.Start)
        {
            yield break;
        }

        var beginsHere = own.Start >= begin;
        var before = beginsHere ? [] : KnownAt(period.Start, interval, own, calendar, Price.Advance);
        var after = KnownAt(period.End, interval, own, calendar, Price.Advance);
        var start = own.Start > period.Start ? own.Start : period.Start;
        foreach (var key in after.Keys.Union(before.Keys))
        {
            var (price, now) = after.TryGetValue(key, out var known) ? known : (before[key].Price, RatedAmount.Nothing);
            var was = before.TryGetValue(key, out var earlier) ? earlier.Rated : RatedAmount.Nothing;
            var amount = Money.Round(now.Exact, _currency) - Money.Round(was.Exact, _currency);
            if (amount.Minor != 0 || (beginsHere && now.Exact != was.Exact))
            {
                var difference = now.Since(was);
                yield return new Charge(price, null, new Period(start, own.End), beginsHere ? 1 : 0, 0, difference.Exact, amount, difference.Steps);
            }
        }
    }

    private IEnumerable<Charge> Arrears(BillingInterval interval, Period own, BillingCalendar calendar, Period period, DateTimeOffset begin)
    {
        var end = subscription.EndsAt is { } ends && ends < own.End ? ends : own.End;
        if (end <= begin || end > period.End)
        {
            yield break;
        }

        var start = own.Start > period.Start ? own.Start : period.Start;
        foreach (var (price, rated) in KnownAt(end, interval, own, calendar, Price.Arrears).Values)
        {
            yield return new Charge(price, null, new Period(start, end), 1, 0, rated.Exact, Money.Round(rated.Exact, _currency), rated.Steps);
        }
    }

    /// <summary>What each fee comes to in one of its own periods, by all that had begun before an instant; what held then is taken to go on.</summary>
    private Dictionary<string, (Price Price, RatedAmount Rated)> KnownAt(DateTimeOffset at, BillingInterval interval, Period own, BillingCalendar calendar, string when)
    {
        var fees = new Dictionary<string, (Price, RatedAmount)>(StringComparer.Ordinal);
        var end = subscription.EndsAt is { } ends && ends <= at && ends < own.End ? ends : own.End;
        if (end <= own.Start)
        {
            return fees;
        }

        var nominal = calendar.ShareOf(own) is var share and < 1 ? (long)(own.Duration.Ticks / share) : own.Duration.Ticks;
        decimal Share(DateTimeOffset until) => Math.Min(1, (decimal)(until - own.Start).Ticks / nominal);
        var segments = BillingSegment.Cut(new Period(own.Start, end), subscription, card, price => price.Interval == interval)
            .Where(segment => segment.Period.Start < at || segment.Period.Start == own.Start).ToList();
        foreach (var (i, segment) in segments.Index().Where(entry => entry.Item.Charged))
        {
            var until = i == segments.Count - 1 ? end : segment.Period.End;
            foreach (var price in segment.Prices.Where(price => price.Recurring == when))
            {
                var atStart = i == 0 ? RatedAmount.Nothing : Rater.Rate(price.Terms, new RatedUsage(1, 1), Share(segment.Period.Start));
                var rated = Rater.Rate(price.Terms, new RatedUsage(1, 1), Share(until)).Since(atStart);
                fees[price.Key] = (price, fees.TryGetValue(price.Key, out var sofar) ? RatedAmount.Sum([sofar.Item2, rated]) : rated);
            }
        }

        return fees;
    }

    private IEnumerable<BillingInterval> Intervals() => subscription.Phases
        .SelectMany(phase => card(phase.RateCardId).Versions.SelectMany(version => version.Content.Prices).Concat(phase.Overrides))
        .Select(price => price.Interval).OfType<BillingInterval>().Distinct();

    private BillingCalendar CalendarOf(BillingInterval interval) =>
        new(subscription.StartsAt, subscription.AnchorDay, interval, TimeZones.Find(customer.TimeZone)!);
}
