using Portal.Domain.Invoicing;
using Portal.Domain.Values;

namespace Portal.Domain.Credits;

/// <summary>What is left of credits at the end of a day.</summary>
/// <param name="Start">The start of the day in the customer's zone.</param>
/// <param name="Actual">What was left, today as of now; null for days to come. Major units.</param>
/// <param name="Expected">What is expected to be left, from today on; null before.</param>
public sealed record CreditDay(DateTimeOffset Start, decimal? Actual, decimal? Expected);

/// <summary>How credits go down over a billing period, and when nothing is left. Pure: it follows the path of the forecast, before tax.</summary>
/// <param name="Days">Day by day; empty where there is no forecast yet.</param>
/// <param name="ZeroAt">When nothing is left at the expected pace; null where that is more than a year away, or nothing is used.</param>
public sealed record CreditOutlook(IReadOnlyList<CreditDay> Days, DateTimeOffset? ZeroAt)
{
    private const int DaysAhead = 366;

    /// <summary>Works it out.</summary>
    /// <param name="live">What is left now, usage that is not invoiced yet taken off.</param>
    /// <param name="moves">What happened to the credits.</param>
    /// <param name="path">The forecast's path through the period.</param>
    /// <param name="spend">The running period.</param>
    /// <param name="now">Business time.</param>
    public static CreditOutlook Of(Money live, IReadOnlyList<CreditMove> moves, IReadOnlyList<ForecastDay> path, Spend spend, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(moves);
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(spend);
        if (path.LastOrDefault(day => day.Actual is not null) is not { Actual: { } used })
        {
            var passed = Math.Max(1, (decimal)(now - spend.Period.Start).Ticks / TimeSpan.TicksPerDay);
            return new CreditOutlook([], Until(live.Amount, spend.Usage.Amount / passed, now));
        }

        var days = path.Select((day, i) => new CreditDay(
            day.Start,
            day.Actual is { } actual ? Math.Max(0, live.Amount + used - actual - AddedAfter(moves, i + 1 < path.Count ? path[i + 1].Start : spend.Period.End, live.Currency)) : null,
            day.Expected is { } expected ? Math.Max(0, live.Amount - Math.Max(0, expected - used)) : null)).ToList();
        var (last, left) = (path[^1], (decimal)Math.Max(1, (spend.Period.End - now).Ticks) / TimeSpan.TicksPerDay);
        var perDay = last.Expected is { } end ? (end - used) / Math.Max(left, 1m / 24) : 0;
        return new CreditOutlook(days, Until(live.Amount, perDay, now));
    }

    private static DateTimeOffset? Until(decimal live, decimal perDay, DateTimeOffset now) =>
        live <= 0 || perDay <= 0 || live / perDay > DaysAhead ? null : now.AddTicks((long)(live / perDay * TimeSpan.TicksPerDay));

    private static decimal AddedAfter(IReadOnlyList<CreditMove> moves, DateTimeOffset at, Currency currency) => new Money(
        moves.Where(move => move.At >= at && move.Kind != CreditMoveKind.Used).Sum(move => move.Kind == CreditMoveKind.Granted ? move.Amount : -move.Amount), currency).Amount;
}
