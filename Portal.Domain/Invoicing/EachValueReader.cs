using System.Collections.Concurrent;
using Portal.Domain.Catalog;
using Portal.Domain.Metering;
using Portal.Domain.Rating;
using Portal.Domain.Storage;

namespace Portal.Domain.Invoicing;

/// <summary>Reads what the sums of a period do not answer: percentages with something free at first, or with a least or most for each event.</summary>
/// <remarks>
/// Quarter-hours stand for their events wherever that makes no difference. What is free ends in one of them, and that one is read event by event.
/// Where each charge is bounded, the events of a quarter-hour are read once; what they come to is remembered as long as the quarter-hour does not change.
/// </remarks>
public sealed class EachValueReader(Register register)
{
    // Some 100 MB. When it is full, all is forgotten and read again.
    private const int RememberedMax = 500_000;

    private readonly ConcurrentDictionary<(int CustomerId, int MeterId, PercentageRate Rate, DateTime Start, int GroupId), (long Change, decimal Charges)> _remembered = new();

    /// <summary>Adds the values that the prices of a segment ask for to the usage up to a point.</summary>
    /// <param name="snapshot">The moment.</param>
    /// <param name="customerId">Whose.</param>
    /// <param name="from">The start of the period.</param>
    /// <param name="to">The point.</param>
    /// <param name="segments">The segments whose prices rate the usage up to there: the one that ends, and the one that begins.</param>
    /// <param name="totals">The usage.</param>
    /// <param name="cancellation">Gives up.</param>
    internal async Task<IReadOnlyList<UsageTotal>> Add(
        UsageSnapshot snapshot, int customerId, DateTimeOffset from, DateTimeOffset to, IEnumerable<BillingSegment> segments, IReadOnlyList<UsageTotal> totals, CancellationToken cancellation)
    {
        Dictionary<(DateTimeOffset, string), RatedUsage>? values = null;
        foreach (var segment in segments)
        {
            foreach (var price in segment.Prices.Where(price => price.Terms.AskForEachValue))
            {
                if (price.Meter is { } key && register.Now.Meter(key) is { } meter && totals.Any(total => total.MeterId == meter.Id))
                {
                    bool Takes(string[] group) => PriceAllocation.Takes(price, segment.Prices, meter, group);
                    (values ??= [])[(segment.Period.Start, price.Key)] = await Read(snapshot, customerId, meter, Takes, price.Terms, from.UtcDateTime, to.UtcDateTime, cancellation);
                }
            }
        }

        return values is null ? totals : [.. totals.Select(total => total with { EachValue = values })];
    }

    private async Task<RatedUsage> Read(
        UsageSnapshot snapshot, int customerId, Meter meter, Func<string[], bool> takes, PriceTerms terms, DateTime from, DateTime to, CancellationToken cancellation)
    {
        var known = new Dictionary<int, bool>();
        bool Counts(int groupId, string[] group) => known.TryGetValue(groupId, out var isTaken) ? isTaken : known[groupId] = takes(group);

        // The parts of a quarter-hour at either end; one part where both lie in the same.
        var (wholeFrom, wholeTo) = (BucketTally.QuarterOf(from.AddTicks(BucketTally.Quarter.Ticks - 1)), BucketTally.QuarterOf(to));
        var (headTo, tailFrom) = wholeFrom <= wholeTo ? (wholeFrom, wholeTo) : (to, to);
        var quarters = (await QuarterReader.Totals(snapshot.Connection, customerId, meter.Id, wholeFrom, wholeTo, cancellation))
            .Where(quarter => Counts(quarter.GroupId, quarter.Group)).GroupBy(quarter => quarter.Start).ToList();
        var charges = terms.Rate is PercentageRate { HasBounds: true } rate ? await Charges(snapshot, customerId, meter, rate, quarters, cancellation) : null;

        var (walk, runs) = (new AllowanceWalk(terms), new List<ValueRun>());
        await PassEach(from, headTo);
        foreach (var quarter in quarters)
        {
            var run = new ValueRun(quarter.Sum(group => group.Sum), quarter.Sum(group => group.Events), charges?[quarter.Key]);
            if (walk.NeedsEach(run, quarter.Min(group => group.Min)))
            {
                await PassEach(quarter.Key, quarter.Key + BucketTally.Quarter);
            }
            else
            {
                Pass(run);
            }
        }

        await PassEach(tailFrom, to);
        return RatedUsage.OfRuns(runs);

        async Task PassEach(DateTime start, DateTime end)
        {
            foreach (var (_, groupId, group, value) in await snapshot.Quarters.Values(snapshot.Connection, customerId, meter, start, end, cancellation))
            {
                if (Counts(groupId, group))
                {
                    Pass(new ValueRun(value));
                }
            }
        }

        void Pass(ValueRun run)
        {
            walk.Pass(run);
            runs.Add(run);
        }
    }

    /// <summary>What the events of each quarter-hour come to when each is charged by itself.</summary>
    private async Task<Dictionary<DateTime, decimal>> Charges(
        UsageSnapshot snapshot, int customerId, Meter meter, PercentageRate rate, List<IGrouping<DateTime, QuarterTotal>> quarters, CancellationToken cancellation)
    {
        if (_remembered.Count > RememberedMax)
        {
            _remembered.Clear();
        }

        var charged = quarters.ToDictionary(quarter => quarter.Key, _ => 0m);
        var unknown = new Dictionary<(DateTime Start, int GroupId), long>();
        foreach (var group in quarters.SelectMany(quarter => quarter))
        {
            if (_remembered.TryGetValue((customerId, meter.Id, rate, group.Start, group.GroupId), out var remembered) && remembered.Change == group.Change)
            {
                charged[group.Start] += remembered.Charges;
            }
            else
            {
                unknown.Add((group.Start, group.GroupId), group.Change);
            }
        }

        foreach (var (start, end) in Stretches(unknown.Keys.Select(group => group.Start).Distinct().Order()))
        {
            var sums = new Dictionary<(DateTime, int), decimal>();
            foreach (var (time, groupId, _, value) in await snapshot.Quarters.Values(snapshot.Connection, customerId, meter, start, end, cancellation))
            {
                var key = (BucketTally.QuarterOf(time), groupId);
                sums[key] = sums.GetValueOrDefault(key) + rate.ChargeOf(value);
            }

            foreach (var (group, sum) in sums.Where(group => unknown.ContainsKey(group.Key)))
            {
                charged[group.Item1] += sum;
                _remembered[(customerId, meter.Id, rate, group.Item1, group.Item2)] = (unknown[group], sum);
            }
        }

        return charged;
    }

    /// <summary>Quarter-hours that follow each other, up to a day, as one stretch: few questions, and a bounded answer.</summary>
    private static IEnumerable<(DateTime Start, DateTime End)> Stretches(IEnumerable<DateTime> starts)
    {
        (DateTime Start, DateTime End)? open = null;
        foreach (var start in starts)
        {
            if (open is { } stretch && stretch.End == start && start - stretch.Start < TimeSpan.FromDays(1))
            {
                open = (stretch.Start, start + BucketTally.Quarter);
                continue;
            }

            if (open is { } done)
            {
                yield return done;
            }

            open = (start, start + BucketTally.Quarter);
        }

        if (open is { } last)
        {
            yield return last;
        }
    }
}
