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
    /// <param name="language">What the words are written in; null for English, as pages are.</param>
    public static StepWords Of(RatedStep step, string? unit, Currency currency, CultureInfo culture, Language? language = null)
    {
        ArgumentNullException.ThrowIfNull(step);
        var words = new Words(step, unit, currency, culture, language ?? Language.English);
        return new StepWords(words.What, words.Sum, Money.FormatExact(step.Amount, currency, culture));
    }

    private readonly record struct Words(RatedStep Step, string? Unit, Currency Currency, CultureInfo Culture, Language Language)
    {
        public string What => Step.Kind switch
        {
            StepKind.Included => Say("step.included"),
            StepKind.Flat => Say("step.flat"),
            StepKind.Units => Unit is null ? Say("step.fee") : Say("step.units", ("unit", Unit)),
            StepKind.Tier => Range,
            StepKind.Volume => Say("step.volume", ("range", Range)),
            StepKind.Stairstep => Say("step.stairstep", ("range", Range)),
            StepKind.Package => Say("step.package", ("quantity", Quantity(Step.Per))),
            StepKind.Free => Say("step.free"),
            StepKind.Percent => Say("step.percent"),
            StepKind.EventBounds => Say("step.bounds", ("price", Price(Step.Price))),
            StepKind.PercentTier => Say("step.percentTier", ("range", Range)),
            StepKind.Minimum => Say("step.minimum", ("price", Price(Step.Price))),
            StepKind.Maximum => Say("step.maximum", ("price", Price(Step.Price))),
        };

        public string Sum => Step.Kind switch
        {
            StepKind.Included => Quantity(Step.Quantity),
            StepKind.Flat or StepKind.Stairstep => Step.Quantity == 0 || Unit is null ? "" : Say("step.used", ("quantity", Quantity(Step.Quantity))),
            StepKind.Units or StepKind.Tier or StepKind.Volume => Number(Step.Quantity) + Times + Fixed,
            StepKind.Package => Step.Price == 0 ? "" : $"{Number(Step.Amount / Step.Price)} × {Price(Step.Price)}",
            StepKind.Free => Say("step.in", ("value", Number(Step.Quantity)), ("events", Events)),
            StepKind.Percent => Say(
                Step.Flat == 0 ? "step.percentOf" : "step.percentOf.each", ("percent", Percent), ("value", Number(Step.Quantity)), ("price", Price(Step.Flat)), ("events", Events)),
            StepKind.PercentTier => Say("step.percentOf", ("percent", Percent), ("value", Number(Step.Quantity))) + Fixed,
            StepKind.EventBounds or StepKind.Minimum or StepKind.Maximum => "",
        };

        // The upper bound belongs to a tier, the lower one to the tier below.
        private string Range => (Step.From, Step.To) switch
        {
            (_, null) => Step.From == 0 ? Say("step.range.any") : Say("step.range.above", ("from", Quantity(Step.From))),
            (0, { } to) => Say("step.range.upTo", ("to", Quantity(to))),
            var (from, to) => Say("step.range.between", ("from", Number(from)), ("to", Quantity(to!.Value))),
        };

        private string Times => Step.Per == 1 ? $" × {Price(Step.Price)}" : $" × {Price(Step.Price)} ÷ {Number(Step.Per)}";

        private string Fixed => Step.Flat == 0 ? "" : $" + {Price(Step.Flat)}";

        private string Events => Say(Step.Events == 1 ? "step.event" : "step.events", ("number", Number(Step.Events ?? 0)));

        private string Percent => Say("percent", ("number", Number(Step.Price)));

        private string Say(string key, params (string Name, string Value)[] values) => Language.Say(key, values);

        private string Price(decimal price) => Money.FormatExact(price, Currency, Culture);

        private string Quantity(decimal quantity) => UnitName.Format(quantity, Unit, Culture);

        private string Number(decimal number) => UnitName.Format(number, null, Culture);
    }
}
