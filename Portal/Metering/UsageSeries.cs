using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using Portal.Shared;
using Period = Portal.Domain.Values.Period;

namespace Portal.Metering;

/// <summary>Reads what the usage page shows: windows of one meter over some days, and their parts.</summary>
public sealed class UsageSeries(Register register, UsageReader usage, BusinessClock clock)
{
    /// <summary>The most windows that a chart shows.</summary>
    public const int WindowsMax = 200;

    // Beyond this many parts the colours of a chart can no longer be told apart.
    private const int PartsMax = 6;

    /// <summary>Reads them for a caller who may see them.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="customerKey">The customer.</param>
    /// <param name="question">What the address asks for; what is left out takes a default.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">NotFound or Forbidden by the gate.</exception>
    /// <exception cref="InvalidInputException">Where the days make no sense.</exception>
    public async Task<UsageView> Read(Actor actor, string customerKey, UsageQuestion question, CancellationToken cancellation)
    {
        var state = register.Now;
        var entry = state.Customer(actor, Permission.ReadUsage, customerKey);
        var zone = TimeZones.Find(entry.Customer.TimeZone)!;
        var days = Days(entry, question, zone);
        var meters = MetersOf(entry, state);
        var meter = meters.FirstOrDefault(candidate => candidate.Key == question.Meter) ?? (meters.Length > 0 ? meters[0] : null);
        var window = question.Window ?? (days.First == days.Last ? TimeWindow.Hour : TimeWindow.Day);
        var period = new Period(zone.StartOf(LocalDate.FromDateOnly(days.First)), zone.StartOf(LocalDate.FromDateOnly(days.Last).PlusDays(1)));
        if (meter is null)
        {
            return new UsageView(meters, null, window, days, entry.Customer.TimeZone, new UsageWindow(period, 0, 0), [], [], [], null);
        }

        var windows = window.Covering(period, zone).ToList();
        if (windows.Count > WindowsMax)
        {
            throw InvalidInputException.At("", $"That would be {windows.Count} {(window is TimeWindow.Hour ? "hours" : "days")}, and a chart shows up to {WindowsMax}. Choose fewer days, or days instead of hours.");
        }

        // Parts stand on each other only where they add up to the whole.
        var groupedBy = meter.Aggregation is Aggregation.Sum or Aggregation.Count ? meter.GroupBy.FirstOrDefault() : null;
        UsageQuery Query(TimeWindow? cut, params IReadOnlyList<string> by) => new(customerKey, meter.Key, period, cut, by);
        var whole = (await usage.Series(actor, Query(null), cancellation)).SingleOrDefault();
        var rows = await usage.Series(actor, Query(window), cancellation);
        var parts = groupedBy is null ? rows : await usage.Series(actor, Query(window, groupedBy), cancellation);
        var used = rows.ToDictionary(row => row.Start);
        return new UsageView(
            meters, meter, window, days, entry.Customer.TimeZone,
            new UsageWindow(period, whole?.Quantity ?? 0, whole?.Events ?? 0),
            [.. windows.Where(one => used.ContainsKey(one.Start)).Select(one => new UsageWindow(one, used[one.Start].Quantity, used[one.Start].Events))],
            [.. windows.Select(one => Label(one.Start, window, days, zone))],
            Series(windows, parts, meter, groupedBy), groupedBy);
    }

    private static List<ChartSeries> Series(List<Period> windows, IReadOnlyList<UsageRow> rows, Meter meter, string? groupedBy)
    {
        var parts = rows.GroupBy(row => groupedBy is null ? meter.Name : row.Group[groupedBy])
            .OrderByDescending(part => part.Sum(row => row.Quantity)).ToList();
        var named = parts.Count > PartsMax ? parts.Take(PartsMax - 1) : parts;
        List<ChartSeries> series = [.. named.Select(part => Part(part.Key.Length > 0 ? part.Key : $"without {groupedBy}", part))];
        if (parts.Count > PartsMax)
        {
            series.Add(Part($"{parts.Count - series.Count} others", parts.Skip(PartsMax - 1).SelectMany(part => part)));
        }

        return series;

        ChartSeries Part(string name, IEnumerable<UsageRow> part)
        {
            var byStart = part.GroupBy(row => row.Start).ToDictionary(start => start.Key, start => start.Sum(row => row.Quantity));
            return new ChartSeries(name, [.. windows.Select(one => byStart.TryGetValue(one.Start, out var quantity) ? quantity : (decimal?)null)]);
        }
    }

    /// <summary>The meters that the customer's prices and features count with, in the order of the card; all of them while it has no subscription.</summary>
    private ImmutableArray<Meter> MetersOf(CustomerEntry entry, RegisterState state)
    {
        if (entry.Subscription is not { } subscription)
        {
            return state.Meters;
        }

        var now = clock.GetUtcNow();
        var phase = subscription.PhaseAt(now);
        return
        [
            .. BillingSegment.PricesAt(phase, now, state.Card).Select(price => price.Meter)
                .Concat(BillingSegment.ContentAt(phase, now, state.Card).Features.Select(feature => feature.Meter))
                .OfType<string>().Distinct().Select(state.Meter).OfType<Meter>(),
        ];
    }

    private DaySpan Days(CustomerEntry entry, UsageQuestion question, DateTimeZone zone)
    {
        var now = clock.GetUtcNow();
        var today = zone.DateAt(now);
        var begun = entry.Subscription is { } subscription && BillingPeriods.At(entry.Customer, subscription, now) is { } period
            ? zone.DateAt(period.Start)
            : today.PlusDays(-29);
        var first = question.First ?? begun.ToDateOnly();
        var last = question.Last ?? (first > today.ToDateOnly() ? first : today.ToDateOnly());
        return first <= last
            ? new DaySpan(first, last)
            : throw InvalidInputException.At("", "The first day lies after the last one. Exchange them.");
    }

    private static string Label(DateTimeOffset start, TimeWindow window, DaySpan days, DateTimeZone zone)
    {
        var local = Instant.FromDateTimeOffset(start).InZone(zone);
        return window switch
        {
            TimeWindow.Hour when days.First == days.Last => local.ToString("HH:mm", CultureInfo.InvariantCulture),
            TimeWindow.Hour => local.ToString("d MMM, HH:mm", CultureInfo.InvariantCulture),
            TimeWindow.Day => local.ToString("d MMM", CultureInfo.InvariantCulture),
            TimeWindow.Month => local.ToString("MMM uuuu", CultureInfo.InvariantCulture),
        };
    }
}

/// <summary>What the address of the usage page asks for; null takes a default.</summary>
/// <param name="Meter">The meter's key.</param>
/// <param name="Window">How time is cut.</param>
/// <param name="First">The first day.</param>
/// <param name="Last">The last day.</param>
public sealed record UsageQuestion(string? Meter, TimeWindow? Window, DateOnly? First, DateOnly? Last);
