using NodaTime;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using Period = Portal.Domain.Values.Period;

namespace Portal.Domain.Metering;

/// <summary>A question about a customer's usage over time.</summary>
/// <param name="Customer">The customer's key.</param>
/// <param name="Meter">The meter's key; null for all.</param>
/// <param name="Period">From when to when.</param>
/// <param name="Window">How finely time is cut, in the customer's zone; null for one sum.</param>
/// <param name="GroupBy">The properties to tell apart; the meter must group by each.</param>
public sealed record UsageQuery(string Customer, string? Meter, Period Period, TimeWindow? Window, IReadOnlyList<string> GroupBy)
{
    /// <summary>Property → value, for some of the meter's groups; empty for all.</summary>
    public IReadOnlyDictionary<string, string> Match { get; init; } = new Dictionary<string, string>();

    /// <summary>The most windows of one answer: a year of hours.</summary>
    public const int WindowsMax = 8_784;

    /// <summary>The most figures that one answer is made of, windows × groups: what is paged through is made anew for each page.</summary>
    public const int FiguresMax = 250_000;

    internal IReadOnlyList<Meter> MetersIn(RegisterState register)
    {
        if (Meter is null)
        {
            return register.Meters;
        }

        var meter = register.Meter(Meter) ?? throw InvalidInputException.At("meter", $"There is no meter '{Meter}'.");
        if (Match.Keys.FirstOrDefault(property => !meter.GroupBy.Contains(property)) is { } foreign)
        {
            throw InvalidInputException.At(foreign, $"The meter '{meter.Key}' does not group by '{foreign}'.");
        }

        return GroupBy.FirstOrDefault(property => !meter.GroupBy.Contains(property)) is { } unknown
            ? throw InvalidInputException.At("groupBy", $"The meter '{meter.Key}' does not group by '{unknown}', but by: {string.Join(", ", meter.GroupBy.DefaultIfEmpty("nothing"))}.")
            : [meter];
    }

    /// <summary>The windows, in order. The first and the last are whole, and count what lies within the period.</summary>
    internal List<Period> WindowsIn(DateTimeZone zone)
    {
        if (Window is not { } window)
        {
            return [Period];
        }

        var shortest = window switch
        {
            TimeWindow.Hour => TimeSpan.FromHours(1),
            TimeWindow.Day => TimeSpan.FromHours(23),
            TimeWindow.Month => TimeSpan.FromDays(28),
        };
        return Period.Duration / shortest <= WindowsMax
            ? [.. window.Covering(Period, zone)]
            : throw InvalidInputException.At("window", $"That would be more than {WindowsMax} windows: ask for a shorter time or a longer window.");
    }

    /// <summary>Makes one row of the groups that the question does not tell apart.</summary>
    internal IReadOnlyList<UsageRow> Fold(List<(int Window, UsageTotal Total)> totals, IReadOnlyList<Meter> meters, List<Period> windows)
    {
        var byId = meters.ToDictionary(meter => meter.Id);
        return
        [
            .. totals.Where(item => IsWanted(byId[item.Total.MeterId], item.Total.Group))
                .GroupBy(item => (item.Window, item.Total.MeterId, Group: string.Join('\0', Values(byId[item.Total.MeterId], item.Total.Group))))
                .Select(row => (row.Key, Meter: byId[row.Key.MeterId], Totals: row.Select(item => item.Total).ToList()))
                .OrderBy(row => row.Key.Window).ThenBy(row => row.Meter.Key, StringComparer.Ordinal).ThenBy(row => row.Key.Group, StringComparer.Ordinal)
                .Select(row => new UsageRow(
                    windows[row.Key.Window].Start,
                    row.Meter.Key,
                    NamesIn(row.Meter).Zip(Values(row.Meter, row.Totals[0].Group)).ToDictionary(StringComparer.Ordinal),
                    UsageTotal.Quantity(row.Meter.Aggregation, row.Totals, windows[row.Key.Window].Duration),
                    row.Totals.Sum(total => total.Events))),
        ];
    }

    private bool IsWanted(Meter meter, IReadOnlyList<string> group)
    {
        foreach (var (property, value) in Match)
        {
            if (Array.IndexOf(meter.GroupBy, property) is not (>= 0 and var index) || (index < group.Count ? group[index] : "") != value)
            {
                return false;
            }
        }

        return true;
    }

    private IEnumerable<string> NamesIn(Meter meter) => GroupBy.Where(meter.GroupBy.Contains);

    private IEnumerable<string> Values(Meter meter, IReadOnlyList<string> group) =>
        NamesIn(meter).Select(name => Array.IndexOf(meter.GroupBy, name) is var index && index < group.Count ? group[index] : "");
}

/// <summary>Usage of a meter in a window.</summary>
/// <param name="Start">The start of the window.</param>
/// <param name="Meter">The meter's key.</param>
/// <param name="Group">The values of the properties that the question tells apart.</param>
/// <param name="Quantity">By the meter's aggregation, in its unit.</param>
/// <param name="Events">How many events it comes of.</param>
public sealed record UsageRow(DateTimeOffset Start, string Meter, IReadOnlyDictionary<string, string> Group, decimal Quantity, long Events);
