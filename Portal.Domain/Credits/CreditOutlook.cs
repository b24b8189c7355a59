using Portal.Domain.Invoicing;
using Portal.Domain.Values;

namespace Portal.Domain.Credits;

/// <summary>What is left of credits at the end of a day.</summary>
/// <param name="Start">The start of the day in the customer's zone.</param>
/// <param name="Actual">What was left, today as of now; null for days to come. Major units.</param>
/// <param name="Expected">What is expected to be left, from today on; null before.</param>
public sealed record CreditDay(DateTimeOffset Start, decimal? Actual, decimal? Expected);

/// <summary>How credits go down over a billing period, and when nothing is left. Pure: it follows the path of the forecast, uses and loses grants in their order, and adds the tax that prepaid ones pay.</summary>
/// <param name="Days">Day by day; empty where there is no forecast yet.</param>
/// <param name="ZeroAt">When nothing is left at the expected pace; null where that is more than a year away, or nothing is used.</param>
/// <param name="Lost">What is expected to expire unused until then, or within the year, major units.</param>
public sealed record CreditOutlook(IReadOnlyList<CreditDay> Days, DateTimeOffset? ZeroAt, decimal Lost)
{
    private const int DaysAhead = 366;

    /// <summary>Works it out.</summary>
    /// <param name="balance">What is left now, usage that is not invoiced yet taken off.</param>
    /// <param name="moves">What happened to the credits.</param>
    /// <param name="path">The forecast's path through the period.</param>
    /// <param name="spend">The running period.</param>
    /// <param name="now">Business time.</param>
    public static CreditOutlook Of(CreditBalance balance, IReadOnlyList<CreditMove> moves, IReadOnlyList<ForecastDay> path, Spend spend, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(balance);
        ArgumentNullException.ThrowIfNull(moves);
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(spend);
        var walk = new CreditWalk(balance, spend, now);
        var days = new List<CreditDay>();
        decimal perDay;
        if (path.LastOrDefault(day => day.Actual is not null) is { Actual: { } used })
        {
            var before = used;
            for (var i = 0; i < path.Count; i++)
            {
                var (day, end) = (path[i], i + 1 < path.Count ? path[i + 1].Start : spend.Period.End);
                if (day.Expected is { } expected && day.Actual is null)
                {
                    walk.To(end, Math.Max(0, expected - before));
                    before = Math.Max(before, expected);
                }

                days.Add(new CreditDay(day.Start, day.Actual is { } actual ? Then(balance, moves, actual, end) : null, day.Expected is null ? null : walk.Left));
            }

            perDay = (before - used) / Math.Max((decimal)(spend.Period.End - now).Ticks / TimeSpan.TicksPerDay, 1m / 24);
        }
        else
        {
            perDay = spend.Usage.Amount / Math.Max(1, (decimal)(now - spend.Period.Start).Ticks / TimeSpan.TicksPerDay);
        }

        while (walk.ZeroAt is null && walk.Left > 0 && walk.At < now.AddDays(DaysAhead))
        {
            walk.To(walk.At.AddDays(1), perDay);
        }

        return new CreditOutlook(days, walk.ZeroAt, walk.Lost);
    }

    /// <summary>What was left when the period had come to an amount: promotional credits had gone first, then prepaid ones with the tax.</summary>
    private static decimal Then(CreditBalance balance, IReadOnlyList<CreditMove> moves, decimal actual, DateTimeOffset end)
    {
        decimal Major(long minor) => new Money(minor, balance.Live.Currency).Amount;
        var (promotional, prepaid) = (Major(balance.Plan?.Credits ?? 0), Major(balance.Plan?.Paid ?? 0));
        var given = Math.Min(promotional, actual);
        var paid = Math.Min(prepaid, (actual - given) * (1 + balance.TaxOnTop / 100));
        var added = moves.Where(move => move.At >= end && move.Kind != CreditMoveKind.Used).Sum(move => move.Kind == CreditMoveKind.Granted ? move.Amount : -move.Amount);
        return Math.Max(0, balance.Live.Amount + promotional - given + prepaid - paid - Major(added));
    }
}
