using System.Globalization;
using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Metering;

/// <summary>An event as a test sends it.</summary>
internal sealed record SentEvent(string Id, DateTimeOffset Time, string Type, decimal Value, string User, string Model, string Region)
{
    public string Json(string customer) => string.Create(CultureInfo.InvariantCulture, $$$"""
        {"id":"{{{Id}}}","customer":"{{{customer}}}","type":"{{{Type}}}","time":"{{{Time:O}}}","properties":{"value":{{{Value}}},"user":"{{{User}}}","model":"{{{Model}}}","region":"{{{Region}}}"} }
        """);

    public string Property(string name) => name switch { "model" => Model, "region" => Region, _ => throw new ArgumentOutOfRangeException(nameof(name)) };
}

/// <summary>Counts usage by looking at every event, the way that API.md says it; shares no code with the product.</summary>
internal static class UsageOracle
{
    /// <summary>Rows as text: start, group, quantity, events.</summary>
    public static List<string> Rows(
        Meter meter, IEnumerable<SentEvent> sent, DateTimeOffset from, DateTimeOffset to, TimeWindow? window, string[] groupBy, TimeZoneInfo zone, DateTimeOffset now)
    {
        var mine = sent.Where(item => meter.Types.Any(type => type.Type == item.Type) && meter.Filter.All(rule => rule.Value.Contains(item.Property(rule.Key)))).ToList();
        var rows = new List<string>();
        foreach (var (start, end) in Windows(from, to, window, zone))
        {
            // A level is counted as far as time has passed.
            var (first, last) = (start > from ? start : from, end < to ? end : to);
            last = meter.Aggregation == Aggregation.WeightedSum && now < last ? now : last;
            foreach (var group in mine.GroupBy(item => string.Join('/', groupBy.Select(item.Property))))
            {
                var inside = group.Where(item => item.Time >= first && item.Time < last).ToList();
                var quantity = meter.Aggregation == Aggregation.WeightedSum
                    ? LevelTime(group, meter, first, last, end - start)
                    : Quantity(meter, inside);
                if (inside.Count > 0 || (meter.Aggregation == Aggregation.WeightedSum && quantity != 0))
                {
                    rows.Add(Row(start, group.Key, quantity, inside.Count));
                }
            }
        }

        rows.Sort(StringComparer.Ordinal);
        return rows;
    }

    public static string Row(DateTimeOffset start, string group, decimal quantity, long events) =>
        string.Create(CultureInfo.InvariantCulture, $"{start.UtcDateTime:yyyy-MM-ddTHH:mm:ss.ffffff} [{group}] {Math.Round(quantity, 12, MidpointRounding.AwayFromZero):0.############} {events}");

    /// <summary>Windows by walking the zone's clock in steps of a quarter-hour.</summary>
    public static IEnumerable<(DateTimeOffset Start, DateTimeOffset End)> Windows(DateTimeOffset from, DateTimeOffset to, TimeWindow? window, TimeZoneInfo zone)
    {
        if (window is null)
        {
            yield return (from, to);
            yield break;
        }

        var quarter = TimeSpan.FromMinutes(15);
        var step = from.AddDays(-33);
        step = step.AddTicks(-(step.UtcTicks % quarter.Ticks));
        var start = step;
        for (var name = Name(step); start < to; step += quarter)
        {
            if (Name(step) is var next && next == name)
            {
                continue;
            }

            if (step > from)
            {
                yield return (start, step);
            }

            (start, name) = (step, next);
        }

        string Name(DateTimeOffset at)
        {
            var local = TimeZoneInfo.ConvertTime(at, zone);
            return local.ToString(window switch { TimeWindow.Hour => "yyyy-MM-dd HH zzz", TimeWindow.Day => "yyyy-MM-dd", _ => "yyyy-MM" }, CultureInfo.InvariantCulture);
        }
    }

    private static decimal Quantity(Meter meter, List<SentEvent> events) => events.Count == 0 ? 0 : meter.Aggregation switch
    {
        Aggregation.Count => events.Sum(item => Weight(meter, item)),
        Aggregation.Sum => events.Sum(item => Value(meter, item)),
        Aggregation.Max => events.Max(item => Value(meter, item)),
        Aggregation.Min => events.Min(item => Value(meter, item)),
        Aggregation.Avg => events.Sum(item => Value(meter, item)) / events.Count,
        Aggregation.Latest => events.OrderBy(item => item.Time).ThenBy(item => Value(meter, item)).Select(item => Value(meter, item)).Last(),
        Aggregation.Unique => events.Select(item => item.User).Distinct().Count(),
        _ => throw new ArgumentOutOfRangeException(nameof(meter)),
    };

    private static decimal LevelTime(IEnumerable<SentEvent> events, Meter meter, DateTimeOffset from, DateTimeOffset until, TimeSpan whole) =>
        events.Where(item => item.Time < until && from < until).Sum(item => Value(meter, item) * (until - (item.Time > from ? item.Time : from)).Ticks) / whole.Ticks;

    private static decimal Weight(Meter meter, SentEvent item) => meter.Types.First(type => type.Type == item.Type).Weight;

    private static decimal Value(Meter meter, SentEvent item) =>
        Weight(meter, item) * (meter.Types.First(type => type.Type == item.Type).Value is null && meter.ValueProperty is null ? 1 : item.Value);
}
