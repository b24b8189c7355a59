using System.Text.Json.Serialization;

namespace Portal.Domain.Rating;

/// <summary>An amount and the steps that explain it. The steps always add up to the amount.</summary>
/// <param name="Exact">The amount, kept to 12 places and not yet rounded to a currency.</param>
/// <param name="Steps">How it came about, in the order of the rules.</param>
public sealed record RatedAmount(decimal Exact, IReadOnlyList<RatedStep> Steps)
{
    /// <summary>Nothing used and nothing owed: where a period begins.</summary>
    public static RatedAmount Nothing { get; } = new(0m, []);

    /// <summary>Whether the true amount has more than 15 digits before the point, so that the largest amount there is stands in its place.</summary>
    public bool IsCapped { get; init; }

    /// <summary>Ratings of one price added up, step by step.</summary>
    public static RatedAmount Sum(IEnumerable<RatedAmount> parts)
    {
        var all = parts.ToList();
        return new RatedAmount(all.Sum(part => part.Exact), [.. all.SelectMany(part => part.Steps).GroupBy(step => step.Place).Select(same => same.Aggregate((left, right) => left.Plus(right)))])
        {
            IsCapped = all.Exists(part => part.IsCapped),
        };
    }

    /// <summary>What came on top of an earlier rating of the same period: the difference, step by step. A step that shrank is negative.</summary>
    public RatedAmount Since(RatedAmount earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        var before = earlier.Steps.ToDictionary(step => step.Place);
        var steps = new List<RatedStep>();
        foreach (var step in Steps)
        {
            steps.Add(before.Remove(step.Place, out var same) ? step.Minus(same) : step);
        }

        steps.AddRange(before.Values.Select(gone => (gone with { Quantity = 0, Flat = 0, Amount = 0, Events = gone.Events is null ? null : 0 }).Minus(gone)));
        return new RatedAmount(Exact - earlier.Exact, [.. steps.Where(step => !step.IsEmpty)]) { IsCapped = IsCapped || earlier.IsCapped };
    }
}

/// <summary>One step of a rating: a quantity at a price, a fixed amount, or an adjustment.</summary>
/// <param name="Kind">Which rule made it.</param>
/// <param name="From">Where its range of quantity begins, exclusive.</param>
/// <param name="To">Where it ends, inclusive; null when it is open.</param>
/// <param name="Quantity">The units, or the value, that it prices; over all steps they add up to what was used.</param>
/// <param name="Price">The price of <paramref name="Per"/> units, as on the card; for a percentage the percent; for a bound the amount that the total is brought to.</param>
/// <param name="Per">How many units the price is for; for a package its size, for a percentage 100.</param>
/// <param name="Flat">The fixed part, prorated.</param>
/// <param name="Amount">What it adds to the amount.</param>
/// <param name="Events">How many events it is about, where that matters.</param>
[JsonConverter(typeof(RatedStepConverter))]
public sealed record RatedStep(
    StepKind Kind, decimal From, decimal? To, decimal Quantity, decimal Price, decimal Per, decimal Flat, decimal Amount, long? Events)
{
    /// <summary>The price of one unit, to 12 places.</summary>
    public decimal UnitAmount => Per == 1 ? Price : ((Fraction)Price / Per).To12();

    /// <summary>What makes it the same step in two ratings by the same terms.</summary>
    internal (StepKind, decimal, decimal?, decimal, decimal) Place => (Kind, From, To, IsBound ? 0m : Price, Per);

    /// <summary>Whether it brings the total to <see cref="Price"/>, rather than adding units at that price.</summary>
    internal bool IsBound => Kind is StepKind.Minimum or StepKind.Maximum or StepKind.EventBounds;

    internal bool IsEmpty => Quantity == 0 && Flat == 0 && Amount == 0 && Events is null or 0;

    internal RatedStep Plus(RatedStep other) => this with
    {
        Quantity = Quantity + other.Quantity,
        Flat = Flat + other.Flat,
        Amount = Amount + other.Amount,
        Events = Events + other.Events,
    };

    internal RatedStep Minus(RatedStep other) => this with
    {
        Quantity = Quantity - other.Quantity,
        Flat = Flat - other.Flat,
        Amount = Amount - other.Amount,
        Events = Events - other.Events,
    };
}

/// <summary>The rule that made a step.</summary>
public enum StepKind
{
    /// <summary>Units that the price includes: they cost nothing.</summary>
    Included,

    /// <summary>The amount of a flat rate.</summary>
    Flat,

    /// <summary>Units at one price.</summary>
    Units,

    /// <summary>The units inside one graduated tier.</summary>
    Tier,

    /// <summary>All units, at the price of the tier that the quantity falls in.</summary>
    Volume,

    /// <summary>The amount of the tier that the quantity falls in.</summary>
    Stairstep,

    /// <summary>Packages, each begun one in full.</summary>
    Package,

    /// <summary>Value inside the free allowance of a percentage.</summary>
    Free,

    /// <summary>A percent of value, and a fixed fee for each event.</summary>
    Percent,

    /// <summary>What the least and most per event add to the percentage or take from it.</summary>
    EventBounds,

    /// <summary>A percent of the value inside one tier.</summary>
    PercentTier,

    /// <summary>What raises the amount to the minimum.</summary>
    Minimum,

    /// <summary>What lowers the amount to the maximum.</summary>
    Maximum,
}
