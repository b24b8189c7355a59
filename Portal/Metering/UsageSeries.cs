using System.Collections.Immutable;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using Portal.Shared;
using Period = Portal.Domain.Values.Period;

namespace Portal.Metering;

/// <summary>Reads what the usage page shows: windows of one meter over some days, their parts, what they cost, and the time before.</summary>
public sealed class UsageSeries(Register register, UsageReader usage, CostReader costs, BusinessClock clock)
{
    /// <summary>The most windows that a chart shows.</summary>
    public const int WindowsMax = 200;

    // Beyond this many parts the colours of a chart can no longer be told apart.
    private const int PartsMax = 6;

    // More than a person looks through in a list; the address takes any.
    private const int ValuesMax = 100;

    /// <summary>Reads them for a caller who may see them.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="customerKey">The customer.</param>
    /// <param name="question">What the address asks for; what is left out takes a default.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">NotFound or Forbidden by the gate.</exception>
    /// <exception cref="InvalidInputException">Where the question makes no sense.</exception>
    public async Task<UsageView> Read(Actor actor, string customerKey, UsageQuestion question, CancellationToken cancellation)
    {
        var state = register.Now;
        var entry = state.Customer(actor, Permission.ReadUsage, customerKey);
        var time = new UsageDays(entry, clock.GetUtcNow(), TimeZones.Find(entry.Customer.TimeZone)!);
        var days = time.Of(question);
        var meters = MetersOf(entry, state);
        var meter = meters.FirstOrDefault(candidate => candidate.Key == question.Meter) ?? (meters.Length > 0 ? meters[0] : null);
        var window = question.Window ?? (days.Count == 1 ? TimeWindow.Hour : days.Count > WindowsMax ? TimeWindow.Month : TimeWindow.Day);
        var by = question.By is null ? meter?.GroupBy.FirstOrDefault() : meter?.GroupBy.FirstOrDefault(property => property == question.By);
        // A price takes groups as it finds them, so some of them have no cost of their own.
        var show = question.Match.Count > 0 ? UsageMeasure.Units : question.Show;
        var whole = question with { Show = show, Meter = meter?.Key, Window = window, First = days.First, Last = days.Last, By = by ?? "" };
        var view = new UsageView(whole, meters, meter, days, entry.Customer.TimeZone, Currency.Of(entry.Customer.Currency), time.Presets());
        return meter is null ? view : await Fill(view, actor, customerKey, time, meter, by, cancellation);
    }

    /// <summary>Every row behind a view, however many parts there are: for its file.</summary>
    public Task<IReadOnlyList<UsageRow>> Rows(Actor actor, string customerKey, UsageView view, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(view);
        return view.Meter is null ? Task.FromResult<IReadOnlyList<UsageRow>>([]) : usage.Series(
            actor, new UsageQuery(customerKey, view.Meter.Key, view.Total.Period, view.Window, view.Question.By is { Length: > 0 } by ? [by] : []) { Match = view.Question.Match }, cancellation);
    }

    /// <summary>The costs behind a view, price by price: for its file.</summary>
    public Task<IReadOnlyList<PriceCosts>> Costs(Actor actor, string customerKey, UsageView view, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(view);
        return view.Meter is null ? Task.FromResult<IReadOnlyList<PriceCosts>>([]) : costs.Read(actor, customerKey, view.Meter, view.Windows, cancellation);
    }

    private async Task<UsageView> Fill(UsageView view, Actor actor, string customerKey, UsageDays time, Meter meter, string? by, CancellationToken cancellation)
    {
        var (question, window, period) = (view.Question, view.Window, time.Instants(view.Days));
        var windows = window.Covering(period, time.Zone).ToList();
        if (windows.Count > WindowsMax)
        {
            throw InvalidInputException.At("", $"That would be {windows.Count} {Plural(window)}, and a chart shows up to {WindowsMax}. Choose fewer days, or a longer window.");
        }

        UsageQuery Query(Period over, TimeWindow? cut, IReadOnlyDictionary<string, string> match, params IReadOnlyList<string> of) => new(customerKey, meter.Key, over, cut, of) { Match = match };
        var rows = await usage.Series(actor, Query(period, window, question.Match), cancellation);
        var total = Sum(period, await usage.Series(actor, Query(period, null, question.Match), cancellation));
        var groups = meter.GroupBy.Length == 0 ? [] : await usage.Series(actor, Query(period, null, new Dictionary<string, string>(), meter.GroupBy), cancellation);
        var parts = by is null ? [] : await usage.Series(actor, Query(period, null, question.Match, by), cancellation);
        var priced = question.Match.Count > 0 ? [] : await costs.Read(actor, customerKey, meter, windows, cancellation);
        var used = rows.ToDictionary(row => row.Start);
        view = view with
        {
            Windows = windows,
            Labels = [.. windows.Select(one => time.Label(one.Start, window, view.Days))],
            Used = [.. windows.Select(one => used.TryGetValue(one.Start, out var row) ? new UsageWindow(one, row.Quantity, row.Events) : null)],
            Total = total,
            Parts = [.. parts.Select(part => new UsagePart(part.Group[by!], part.Quantity, part.Events)).OrderByDescending(part => part.Quantity)],
            Values = meter.GroupBy.ToDictionary(property => property, IReadOnlyList<string> (property) => ValuesOf(groups, property), StringComparer.Ordinal),
            Costs = priced.Count == 0 ? null : [.. windows.Select((_, i) => priced.Sum(price => price.Costs[i]))],
            Series = question.Show switch
            {
                UsageMeasure.Cost => Largest([.. priced.Select(price => new ChartSeries(price.Name, [.. price.Costs.Select(cost => (decimal?)cost)]))]),
                UsageMeasure.Included => IncludedOf(windows, used, priced),
                UsageMeasure.Units => view.IsAdditive && by is not null
                    ? PartsOf(windows, await usage.Series(actor, Query(period, window, question.Match, by), cancellation), by)
                    : PartsOf(windows, rows, null, meter.Name),
            },
        };
        if (!question.Compare || question.Show is not UsageMeasure.Units)
        {
            return view;
        }

        var before = time.Instants(UsageDays.Before(view.Days, window));
        var earlier = (await usage.Series(actor, Query(before, window, question.Match), cancellation)).ToDictionary(row => row.Start, row => row.Quantity);
        var earlierWindows = window.Covering(before, time.Zone).ToList();
        return view with
        {
            Before = Sum(before, await usage.Series(actor, Query(before, null, question.Match), cancellation)),
            BeforeValues = [.. windows.Select((_, i) => i < earlierWindows.Count && earlier.TryGetValue(earlierWindows[i].Start, out var quantity) ? quantity : (decimal?)null)],
        };
    }

    private static UsageWindow Sum(Period period, IReadOnlyList<UsageRow> rows) => rows is [var row] ? new UsageWindow(period, row.Quantity, row.Events) : new UsageWindow(period, 0, 0);

    private static List<string> ValuesOf(IReadOnlyList<UsageRow> groups, string property) =>
    [
        .. groups.GroupBy(row => row.Group[property]).OrderByDescending(value => value.Sum(row => row.Events)).Select(value => value.Key).Where(value => value.Length > 0).Take(ValuesMax),
    ];

    private static List<ChartSeries> PartsOf(List<Period> windows, IReadOnlyList<UsageRow> rows, string? by, string name = "")
    {
        return Largest([.. rows.GroupBy(row => by is null ? name : row.Group[by]).Select(part => Part(part.Key.Length > 0 ? part.Key : $"without {by}", part))]);

        ChartSeries Part(string partName, IEnumerable<UsageRow> part)
        {
            var byStart = part.ToDictionary(row => row.Start, row => row.Quantity);
            return new ChartSeries(partName, [.. windows.Select(one => byStart.TryGetValue(one.Start, out var quantity) ? quantity : (decimal?)null)]);
        }
    }

    /// <summary>The largest parts, and the rest as one.</summary>
    private static List<ChartSeries> Largest(List<ChartSeries> parts)
    {
        parts = [.. parts.OrderByDescending(part => part.Values.Sum())];
        if (parts.Count <= PartsMax)
        {
            return parts;
        }

        var rest = parts.Skip(PartsMax - 1).ToList();
        var others = Enumerable.Range(0, rest[0].Values.Count).Select(i => rest.Any(part => part.Values[i] is not null) ? rest.Sum(part => part.Values[i] ?? 0) : (decimal?)null);
        return [.. parts.Take(PartsMax - 1), new ChartSeries($"{rest.Count} others", [.. others])];
    }

    private static List<ChartSeries> IncludedOf(List<Period> windows, Dictionary<DateTimeOffset, UsageRow> used, IReadOnlyList<PriceCosts> priced)
    {
        var free = windows.Select((_, i) => priced.Sum(price => price.Included[i])).ToList();
        return
        [
            new ChartSeries("included", [.. free.Select(quantity => (decimal?)quantity)]),
            new ChartSeries("beyond it", [.. windows.Select((one, i) => used.TryGetValue(one.Start, out var row) ? row.Quantity - free[i] : (decimal?)null)]),
        ];
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

    private static string Plural(TimeWindow window) => window switch { TimeWindow.Hour => "hours", TimeWindow.Day => "days", TimeWindow.Month => "months" };
}
