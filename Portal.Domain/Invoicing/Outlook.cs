using Portal.Domain.Catalog;
using Portal.Domain.Forecasting;
using Portal.Domain.Metering;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What the remaining days of a billing period will likely use. Pure.</summary>
/// <param name="Day">The days of the period that are over.</param>
/// <param name="DayStarts">Where each remaining day starts, today's first, and where the last one ends.</param>
/// <param name="Meters">The meters that add up over time and were used; of others, what they say now is what is expected.</param>
internal sealed record Outlook(int Day, IReadOnlyList<DateTimeOffset> DayStarts, IReadOnlyList<MeterOutlook> Meters)
{
    /// <summary>Usage that is expected from an instant up to another, by meter and group.</summary>
    /// <param name="from">Now, as a rule: of today, only what is left of it is still expected.</param>
    /// <param name="to">Up to here.</param>
    /// <param name="factor">What a meter's estimate is multiplied by: 1, or one end of its range.</param>
    public IEnumerable<UsageTotal> Expected(DateTimeOffset from, DateTimeOffset to, Func<MeterOutlook, decimal> factor)
    {
        foreach (var meter in Meters)
        {
            var quantity = 0m;
            for (var i = 0; i < meter.Point.Days.Count; i++)
            {
                quantity += meter.Point.Days[i] * ShareWithin(DayStarts[i], DayStarts[i + 1], from, to);
            }

            quantity *= factor(meter);
            if (quantity > 0)
            {
                foreach (var group in meter.Groups)
                {
                    yield return group.Of(meter.Meter, quantity);
                }
            }
        }
    }

    private static decimal ShareWithin(DateTimeOffset start, DateTimeOffset end, DateTimeOffset from, DateTimeOffset to)
    {
        var (first, last) = (from > start ? from : start, to < end ? to : end);
        return first < last ? (decimal)(last - first).Ticks / (end - start).Ticks : 0;
    }
}

/// <summary>What is expected of a meter.</summary>
/// <param name="Meter">The meter.</param>
/// <param name="SoFar">What the days of the period that are over came to, in its unit.</param>
/// <param name="Point">The remaining days.</param>
/// <param name="Band">How far off that may be.</param>
/// <param name="Groups">How it spreads over the meter's groups.</param>
internal sealed record MeterOutlook(Meter Meter, decimal SoFar, PointForecast Point, ForecastBand Band, IReadOnlyList<GroupShare> Groups);

/// <summary>A group's share of a meter's usage lately.</summary>
/// <param name="Group">The group's values.</param>
/// <param name="Share">Of the meter's quantity, between 0 and 1.</param>
/// <param name="EventsPerUnit">How many events a unit comes of.</param>
internal sealed record GroupShare(IReadOnlyList<string> Group, decimal Share, decimal EventsPerUnit)
{
    /// <summary>The group's part of a quantity of its meter.</summary>
    public UsageTotal Of(Meter meter, decimal quantity)
    {
        var part = Exact.To12(quantity * Share);
        var events = (long)Math.Round(Math.Min(part * EventsPerUnit, long.MaxValue / 2), MidpointRounding.AwayFromZero);
        return new UsageTotal(meter.Id, Group, events, part, null, null, null, null);
    }

    /// <summary>The shares of groups by what they used; those that used nothing, or less, get none.</summary>
    public static IReadOnlyList<GroupShare> Of(Meter meter, IEnumerable<UsageTotal> totals)
    {
        decimal Quantity(UsageTotal total) => UsageTotal.Quantity(meter.Aggregation, [total], TimeSpan.FromDays(1));

        // Values are told apart as the database does: by each of them.
        var groups = totals.GroupBy(total => string.Join('\0', total.Group), StringComparer.Ordinal)
            .Select(group => group.Aggregate((sum, more) => sum.Plus(more)))
            .Where(group => Quantity(group) > 0).ToList();
        var all = groups.Sum(Quantity);
        return [.. groups.Select(group => new GroupShare(group.Group, Quantity(group) / all, group.Events / Quantity(group)))];
    }
}
