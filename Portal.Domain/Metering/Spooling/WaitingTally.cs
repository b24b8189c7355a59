using System.Runtime.InteropServices;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Metering.Spooling;

/// <summary>What a customer's events add up to, by billing period and group, so that it can be taken off again as it was put on.</summary>
internal sealed class WaitingTally
{
    // So many distinct values of a group are told apart; of further ones each event counts as one more.
    private const int DistinctMost = 10_000;

    private readonly Dictionary<(DateTimeOffset Period, UsageGroup Group), Sums> _sums = [];
    private readonly Dictionary<int, UsageGroup> _others = [];
    private Period? _period;

    /// <summary>How many events are in it, also those of no billing period.</summary>
    public long Events { get; private set; }

    /// <summary>Adds an event with its readings.</summary>
    /// <param name="entry">The customer, whose subscription says which period the event belongs to.</param>
    /// <param name="batch">The event's batch.</param>
    /// <param name="item">The event.</param>
    public void Add(CustomerEntry entry, EventBatch batch, in UsageEvent item)
    {
        Events++;
        var time = new DateTimeOffset(item.Time, TimeSpan.Zero);
        if (_period is not { } known || !known.Contains(time))
        {
            _period = entry.Subscription is { } subscription ? BillingPeriods.At(entry.Customer, subscription, time) : null;
        }

        if (_period is not { } period)
        {
            return;
        }

        foreach (ref readonly var reading in CollectionsMarshal.AsSpan(batch.Readings).Slice(item.FirstReading, item.ReadingCount))
        {
            Room(period.Start, reading.Group).Add(time, reading);
        }
    }

    /// <summary>Takes off what was added before.</summary>
    public void Take(WaitingTally less)
    {
        Events -= less.Events;
        foreach (var ((period, group), sums) in less._sums)
        {
            if (_sums.GetValueOrDefault((period, group)) is { } own)
            {
                own.Take(sums);
            }
            else if (_others.GetValueOrDefault(group.Meter.Meter.Id) is { } other && _sums.GetValueOrDefault((period, other)) is { } rest)
            {
                rest.Take(sums);
            }
        }
    }

    /// <summary>What waits of a billing period.</summary>
    public List<WaitingTotal> Of(DateTimeOffset period) =>
        [.. _sums.Where(sum => sum.Key.Period == period && sum.Value.Events > 0).Select(sum => sum.Value.Total(sum.Key.Group.Meter.Meter.Id))];

    // As many groups as the database tells apart: whoever makes up new ones must not fill the memory.
    private Sums Room(DateTimeOffset period, UsageGroup group)
    {
        if (_sums.TryGetValue((period, group), out var sums))
        {
            return sums;
        }

        if (_sums.Count >= UsageGroups.Max)
        {
            var meter = group.Meter;
            ref var other = ref CollectionsMarshal.GetValueRefOrAddDefault(_others, meter.Meter.Id, out _);
            group = other ??= UsageGroup.Other(group.CustomerId, meter);
            if (_sums.TryGetValue((period, group), out sums))
            {
                return sums;
            }
        }

        return _sums[(period, group)] = new Sums(group.Values);
    }

    private sealed class Sums(string[] values)
    {
        private decimal _sum;
        private (decimal Min, decimal Max)? _bounds;
        private (DateTimeOffset At, decimal Value)? _last;
        private Dictionary<Guid, int>? _distinct;
        private long _further;

        public long Events { get; private set; }

        public void Add(DateTimeOffset time, in GroupReading reading)
        {
            var value = reading.Value;
            Events++;
            _sum += value;
            _bounds = _bounds is { } bounds ? (Math.Min(bounds.Min, value), Math.Max(bounds.Max, value)) : (value, value);
            _last = _last is { } last && last.CompareTo((time, value)) >= 0 ? last : (time, value);
            if (reading.Distinct != Guid.Empty)
            {
                Count(reading.Distinct, 1);
            }
        }

        // The smallest, the largest and the latest stay: counted with the events themselves they change nothing.
        public void Take(Sums less)
        {
            Events -= less.Events;
            _sum -= less._sum;
            _further -= less._further;
            foreach (var (value, times) in less._distinct ?? [])
            {
                Count(value, -times);
            }
        }

        public WaitingTotal Total(int meterId) => new(
            new UsageTotal(meterId, values, Events, _sum, _bounds?.Min, _bounds?.Max, _last?.At, _last?.Value), (_distinct?.Count ?? 0) + Math.Max(0, _further));

        private void Count(Guid value, int times)
        {
            _distinct ??= [];
            if (_distinct.Count >= DistinctMost && !_distinct.ContainsKey(value))
            {
                _further += times;
                return;
            }

            ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_distinct, value, out _);
            count += times;
            if (count <= 0)
            {
                _distinct.Remove(value);
            }
        }
    }
}

/// <summary>What waits of one group of usage.</summary>
/// <param name="Total">Its events and what they add up to.</param>
/// <param name="Distinct">How many distinct values they have at most, where the meter counts those.</param>
internal readonly record struct WaitingTotal(UsageTotal Total, long Distinct)
{
    /// <summary>Usage that is known, with what waits of the same groups on top.</summary>
    /// <remarks>A distinct value that waits counts as one that was not there before: whether it was, only the database knows. Levels stand as they are known.</remarks>
    public static IReadOnlyList<UsageTotal> On(IReadOnlyList<UsageTotal> known, IReadOnlyList<WaitingTotal> waiting)
    {
        var totals = known.ToList();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (place, total) in known.Index())
        {
            places.TryAdd(NameOf(total), place);
        }

        foreach (var (total, _) in waiting)
        {
            if (places.TryAdd(NameOf(total), totals.Count))
            {
                totals.Add(total);
            }
            else
            {
                var place = places[NameOf(total)];
                totals[place] = totals[place].Plus(total);
            }
        }

        foreach (var meter in waiting.Where(more => more.Distinct > 0).GroupBy(more => more.Total.MeterId))
        {
            AddDistinct(totals, meter.Key, [.. meter.Select(more => (places[NameOf(more.Total)], more.Distinct))]);
        }

        return totals;
    }

    private static void AddDistinct(List<UsageTotal> totals, int meterId, IReadOnlyList<(int Place, long Count)> more)
    {
        var places = Enumerable.Range(0, totals.Count).Where(place => totals[place].MeterId == meterId).ToList();
        var shared = places.Select(place => totals[place].Distinct?.Shared).FirstOrDefault(found => found is not null) ?? [];

        // Groups that the database does not know have no number yet.
        int IdOf(int place) => totals[place].Distinct?.GroupId ?? -1 - place;
        List<SharedValues> all = [.. shared, .. more.Select(one => new SharedValues([IdOf(one.Place)], one.Count))];
        foreach (var place in places)
        {
            totals[place] = totals[place] with { Distinct = new DistinctValues(IdOf(place), all) };
        }
    }

    private static string NameOf(UsageTotal total) => $"{total.MeterId}\0{string.Join('\0', total.Group)}";
}
