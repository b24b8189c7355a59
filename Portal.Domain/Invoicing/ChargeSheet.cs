using Portal.Domain.Catalog;
using Portal.Domain.Metering;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What one price charges for one segment of a period.</summary>
/// <param name="Price">The price.</param>
/// <param name="Meter">Its meter; null for a recurring fee.</param>
/// <param name="Period">The segment.</param>
/// <param name="Quantity">Units used in the segment, in the meter's unit; 1 for a fee.</param>
/// <param name="Included">Of these, units that were free.</param>
/// <param name="Exact">Before rounding, 12 places, major units.</param>
/// <param name="Amount">Rounded once.</param>
/// <param name="Steps">How the amount came about.</param>
public sealed record Charge(
    Price Price, Meter? Meter, Period Period, decimal Quantity, decimal Included, decimal Exact, Money Amount, IReadOnlyList<RatedStep> Steps)
{
    /// <summary>The place of its segment in the period, from 0.</summary>
    public int Segment { get; init; }

    /// <summary>What it would have cost in a trial, rounded; nothing where it is charged.</summary>
    public Money Waived { get; init; } = new(0, Amount.Currency);
}

/// <summary>Makes the charges of a billing period: the one code path behind the live bar, the preview and the invoice.</summary>
/// <remarks>
/// The rule (DESIGN.md 3): let R be the rating of the whole period's aggregate up to a point. A segment bills R(up to its end) − R(up to its
/// start), both with the segment's prices, so tiers, packages and included units simply go on counting. The share of the period that has
/// passed prorates flats, minimums and maximums. Each charge rounds the cumulative amount minus what the earlier ones billed.
/// </remarks>
public static class ChargeSheet
{
    /// <summary>The charges of a period, in the order of the card.</summary>
    /// <param name="segments">The period's segments, in order.</param>
    /// <param name="usage">Usage from the period's start to the end of each segment: one more entry than segments, the first empty.</param>
    /// <param name="meters">The meters by key.</param>
    /// <param name="nominal">The length of a whole period; a short first period is charged its share of flats and fees.</param>
    /// <param name="currency">The customer's currency.</param>
    public static IReadOnlyList<Charge> Make(
        IReadOnlyList<BillingSegment> segments,
        IReadOnlyList<IReadOnlyList<UsageTotal>> usage,
        Func<string, Meter?> meters,
        TimeSpan nominal,
        Currency currency)
    {
        var charges = new List<Charge>();
        var exactBefore = new Dictionary<string, decimal>(StringComparer.Ordinal);
        var roundedBefore = new Dictionary<string, Money>(StringComparer.Ordinal);
        var start = segments[0].Period.Start;

        for (var i = 0; i < segments.Count; i++)
        {
            var segment = segments[i];
            var shareBefore = Share(segment.Period.Start - start, nominal);
            var shareAfter = Share(segment.Period.End - start, nominal);
            var taken = PriceAllocation.Split(segment.Prices, meters, usage[i + 1]);
            var takenBefore = PriceAllocation.Split(segment.Prices, meters, usage[i]);
            foreach (var price in segment.Prices)
            {
                var meter = price.Meter is { } key ? meters(key) : null;
                var used = Used(price, meter, segment, taken, nominal);
                var usedBefore = Used(price, meter, segment, takenBefore, nominal);

                // Before its first instant a period rates to nothing, whatever a flat or a first tier asks.
                var atStart = i == 0 ? RatedAmount.Nothing : Rater.Rate(price.Terms, usedBefore, shareBefore);
                var rated = Rater.Rate(price.Terms, used, shareAfter).Since(atStart);

                var exact = segment.Charged ? rated.Exact : 0;
                var cumulative = exactBefore.GetValueOrDefault(price.Key) + exact;
                var billed = roundedBefore.GetValueOrDefault(price.Key, Money.Zero(currency));
                var amount = Money.Round(cumulative, currency) - billed;
                exactBefore[price.Key] = cumulative;
                roundedBefore[price.Key] = billed + amount;

                var quantity = meter is null ? used.Quantity : used.Quantity - usedBefore.Quantity;
                var isUnseen = i == segments.Count - 1 && charges.TrueForAll(charge => charge.Price.Key != price.Key);
                if (quantity != 0 || amount.Minor != 0 || isUnseen)
                {
                    charges.Add(new Charge(price, meter, segment.Period, quantity, IncludedOf(rated), exact, amount, rated.Steps)
                    {
                        Segment = i,
                        Waived = segment.Charged ? Money.Zero(currency) : Money.Round(rated.Exact, currency),
                    });
                }
            }
        }

        return charges;
    }

    private static decimal Share(TimeSpan passed, TimeSpan nominal) => (decimal)passed.Ticks / nominal.Ticks;

    private static decimal IncludedOf(RatedAmount rated) =>
        rated.Steps.Where(step => step.Kind == StepKind.Included).Sum(step => step.Quantity);

    /// <summary>The aggregate of what a price takes up to a point; a recurring fee counts as one unit.</summary>
    private static RatedUsage Used(
        Price price, Meter? meter, BillingSegment segment, IReadOnlyDictionary<Price, IReadOnlyList<UsageTotal>> taken, TimeSpan nominal)
    {
        if (meter is null)
        {
            return price.Recurring is null ? RatedUsage.None : new RatedUsage(1, 1);
        }

        var totals = taken.GetValueOrDefault(price, []);
        var (quantity, events) = (UsageTotal.Quantity(meter.Aggregation, totals, nominal), totals.Sum(total => total.Events));
        var values = totals.Select(total => total.EachValue?.GetValueOrDefault((segment.Period.Start, price.Key))).FirstOrDefault(found => found is not null);
        return values?.UpTo(quantity, events) ?? new RatedUsage(quantity, events);
    }
}
