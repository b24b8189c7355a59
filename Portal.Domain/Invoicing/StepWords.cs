using System.Globalization;
using Portal.Domain.Catalog;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>A step of a line in words that a pocket calculator can follow.</summary>
/// <param name="What">Which rule made it, such as "0 to 1,000 calls".</param>
/// <param name="Sum">What to type, such as "1,000 × $0.10 + $5.00"; empty where there is nothing to calculate.</param>
/// <param name="Amount">What comes out, unrounded.</param>
public sealed record StepWords(string What, string Sum, string Amount)
{
    /// <summary>Puts a step into words.</summary>
    /// <param name="step">The step.</param>
    /// <param name="unit">The meter's unit in the singular; null for a line without usage.</param>
    /// <param name="currency">The currency of the line.</param>
    /// <param name="culture">Whose separators and signs.</param>
    public static StepWords Of(RatedStep step, string? unit, Currency currency, CultureInfo culture)
    {
        ArgumentNullException.ThrowIfNull(step);
        var words = new Words(step, unit, currency, culture);
        return new StepWords(words.What, words.Sum, Money.FormatExact(step.Amount, currency, culture));
    }

    private readonly record struct Words(RatedStep Step, string? Unit, Currency Currency, CultureInfo Culture)
    {
        public string What => Step.Kind switch
        {
            StepKind.Included => "Included, free of charge",
            StepKind.Flat => "For the period",
            StepKind.Units => Unit is null ? "Fee" : $"Every {Unit}",
            StepKind.Tier => Range,
            StepKind.Volume => $"All at the price of one tier: {Range}",
            StepKind.Stairstep => $"One amount for the tier: {Range}",
            StepKind.Package => $"Packages of {Quantity(Step.Per)}, begun ones in full",
            StepKind.Free => "Free allowance",
            StepKind.Percent => "Share of the value",
            StepKind.EventBounds => $"Least and most per event, together {Price(Step.Price)}",
            StepKind.PercentTier => $"Value {Range}",
            StepKind.Minimum => $"Raised to the minimum of {Price(Step.Price)}",
            StepKind.Maximum => $"Lowered to the maximum of {Price(Step.Price)}",
        };

        public string Sum => Step.Kind switch
        {
            StepKind.Included => Quantity(Step.Quantity),
            StepKind.Flat or StepKind.Stairstep => Step.Quantity == 0 || Unit is null ? "" : $"{Quantity(Step.Quantity)} used",
            StepKind.Units or StepKind.Tier or StepKind.Volume => Number(Step.Quantity) + Times + Fixed,
            StepKind.Package => Step.Price == 0 ? "" : $"{Number(Step.Amount / Step.Price)} × {Price(Step.Price)}",
            StepKind.Free => $"{Number(Step.Quantity)} in {Events}",
            StepKind.Percent => $"{Number(Step.Price)} % of {Number(Step.Quantity)}" + (Step.Flat == 0 ? "" : $" + {Price(Step.Flat)} for {Events}"),
            StepKind.PercentTier => $"{Number(Step.Price)} % of {Number(Step.Quantity)}" + Fixed,
            StepKind.EventBounds or StepKind.Minimum or StepKind.Maximum => "",
        };

        // The upper bound belongs to a tier, the lower one to the tier below.
        private string Range => (Step.From, Step.To) switch
        {
            (_, null) => Step.From == 0 ? "any quantity" : $"above {Quantity(Step.From)}",
            (0, { } to) => $"up to {Quantity(to)}",
            var (from, to) => $"above {Number(from)} up to {Quantity(to!.Value)}",
        };

        private string Times => Step.Per == 1 ? $" × {Price(Step.Price)}" : $" × {Price(Step.Price)} ÷ {Number(Step.Per)}";

        private string Fixed => Step.Flat == 0 ? "" : $" + {Price(Step.Flat)}";

        private string Events => UnitName.Format(Step.Events ?? 0, "event", Culture);

        private string Price(decimal price) => Money.FormatExact(price, Currency, Culture);

        private string Quantity(decimal quantity) => UnitName.Format(quantity, Unit, Culture);

        private string Number(decimal number) => UnitName.Format(number, null, Culture);
    }
}
