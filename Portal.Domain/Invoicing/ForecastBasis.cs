using NodaTime;
using Portal.Domain.Catalog;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using Period = Portal.Domain.Values.Period;

namespace Portal.Domain.Invoicing;

/// <summary>Prices a period's usage.</summary>
internal delegate Spend Pricing(
    CustomerEntry entry, Subscription subscription, Period period, IReadOnlyList<BillingSegment> segments, IReadOnlyList<IReadOnlyList<UsageTotal>> totals);

/// <summary>All that a forecast is made of. Pure: the same basis gives the same figures.</summary>
/// <param name="Entry">The customer.</param>
/// <param name="Subscription">Its subscription.</param>
/// <param name="Period">The running period.</param>
/// <param name="Segments">The period's segments.</param>
/// <param name="Totals">What was used by now, up to the end of each segment.</param>
/// <param name="Outlook">What is expected.</param>
/// <param name="Days">What was used on each day of the period that is over.</param>
/// <param name="Now">The instant, in business time.</param>
/// <param name="Price">Prices usage as the invoice does.</param>
/// <param name="Zone">The customer's.</param>
internal sealed record ForecastBasis(
    CustomerEntry Entry, Subscription Subscription, Period Period, IReadOnlyList<BillingSegment> Segments, IReadOnlyList<IReadOnlyList<UsageTotal>> Totals,
    Outlook Outlook, IReadOnlyList<DayUsage> Days, DateTimeOffset Now, Pricing Price, DateTimeZone Zone)
{
    /// <summary>The figures at the end of the period.</summary>
    public Forecast Forecast()
    {
        var (low, expected, high) = (At(Period.End, Low), At(Period.End, Middle), At(Period.End, High));
        var (lowest, middle, highest) = (BeforeCap(low), BeforeCap(expected), BeforeCap(high));

        // Where more is cheaper, as with prices by volume, the ends of the usage are not the ends of the money.
        lowest = Money.Round(Math.Min(Math.Min(lowest.Amount, middle.Amount), highest.Amount), middle.Currency);
        highest = Money.Round(Math.Max(Math.Max(lowest.Amount, middle.Amount), highest.Amount), middle.Currency);
        var weights = Weights(expected);
        var main = Outlook.Meters.MaxBy(meter => weights[meter.Meter.Id])!;
        var relevant = Outlook.Meters.Where(meter => weights[meter.Meter.Id] > 0).DefaultIfEmpty(main).ToList();
        return new Forecast(
            lowest, middle, highest, expected.Net, main.Point.Method,
            Outlook.Meters.Sum(meter => meter.Band.Error * weights[meter.Meter.Id]) / Math.Max(1, weights.Values.Sum()) * 100,
            relevant.Min(meter => meter.Band.Periods), relevant.Max(meter => meter.Band.Source), BreachAt(), Outlook.Day);
    }

    /// <summary>The way there, day by day.</summary>
    public IReadOnlyList<ForecastDay> Path()
    {
        var used = new List<UsageTotal>();
        var path = new List<ForecastDay>();
        var today = Zone.DateAt(Now);
        var byDay = Days.ToLookup(usage => usage.Day, usage => usage.Total);
        for (var day = Zone.DateAt(Period.Start); day < today; day = day.PlusDays(1))
        {
            used = [.. used.Concat(byDay[day]).GroupBy(total => (total.MeterId, string.Join('\0', total.Group))).Select(group => group.Aggregate((sum, more) => sum.Plus(more)))];
            path.Add(new ForecastDay(Zone.StartOf(day), BeforeCap(Priced([.. Segments.Select(_ => (IReadOnlyList<UsageTotal>)used)])).Amount, null, null, null));
        }

        var now = BeforeCap(Priced([.. Totals.Skip(1)])).Amount;
        for (var i = 0; i < Outlook.DayStarts.Count - 1; i++)
        {
            var end = Outlook.DayStarts[i + 1];
            path.Add(new ForecastDay(
                Outlook.DayStarts[i], i == 0 ? now : null, i == 0 ? now : BeforeCap(At(end, Middle)).Amount,
                i == 0 ? now : BeforeCap(At(end, Low)).Amount, i == 0 ? now : BeforeCap(At(end, High)).Amount));
        }

        return path;
    }

    private static decimal Low(MeterOutlook meter) => meter.Band.Low;

    private static decimal Middle(MeterOutlook meter) => 1;

    private static decimal High(MeterOutlook meter) => meter.Band.High;

    private static Money BeforeCap(Spend spend) => spend.Net + spend.NotBilled;

    /// <summary>The period with what is expected up to an instant.</summary>
    private Spend At(DateTimeOffset until, Func<MeterOutlook, decimal> factor) => Priced(
    [
        .. Segments.Select((segment, i) => (IReadOnlyList<UsageTotal>)
            [.. Totals[i + 1], .. Outlook.Expected(Now, until < segment.Period.End ? until : segment.Period.End, factor)]),
    ]);

    private Spend Priced(IReadOnlyList<IReadOnlyList<UsageTotal>> totals) => Price(Entry, Subscription, Period, Segments, [[], .. totals]);

    /// <summary>How much of the expected charges each meter makes; all the same where nothing is charged.</summary>
    private Dictionary<int, decimal> Weights(Spend expected)
    {
        var charges = expected.Charges.Where(charge => charge.Meter is not null).ToLookup(charge => charge.Meter!.Id, charge => Math.Abs(charge.Exact));
        var weights = Outlook.Meters.ToDictionary(meter => meter.Meter.Id, meter => charges[meter.Meter.Id].Sum());
        var all = weights.Values.Sum();
        return weights.ToDictionary(weight => weight.Key, weight => all > 0 ? weight.Value / all : 1m / weights.Count);
    }

    /// <summary>When the expected usage reaches the cap: found by halving, since usage only grows.</summary>
    private DateTimeOffset? BreachAt()
    {
        bool Reached(DateTimeOffset at) => At(at, Middle).Usage.Amount >= Entry.Limit!.Amount;
        if (Entry.Limit is null || Reached(Now) || !Reached(Period.End))
        {
            return null;
        }

        var (before, after) = (Now, Period.End);
        while (after - before > TimeSpan.FromHours(1))
        {
            var middle = before + (after - before) / 2;
            (before, after) = Reached(middle) ? (before, middle) : (middle, after);
        }

        // More than the hour would pretend to know.
        return new DateTimeOffset(after.UtcTicks - after.UtcTicks % TimeSpan.TicksPerHour, TimeSpan.Zero);
    }
}
