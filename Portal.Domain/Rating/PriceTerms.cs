using System.Text.Json.Serialization;

namespace Portal.Domain.Rating;

/// <summary>What a price says about money: its rate, the units it includes, and the least and most that a period costs.</summary>
/// <param name="Rate">How a quantity becomes an amount.</param>
/// <param name="Included">Units taken off the quantity first; not prorated.</param>
/// <param name="Minimum">The amount of a whole period is raised to it. It is prorated.</param>
/// <param name="Maximum">The amount of a whole period is capped at it. It is prorated.</param>
[JsonConverter(typeof(PriceTermsConverter))]
public sealed record PriceTerms(Rate Rate, decimal Included = 0m, decimal? Minimum = null, decimal? Maximum = null)
{
    /// <summary>Whether it takes more than the sum and the count of events to rate them: which came first, or what each was.</summary>
    public bool AskForEachValue => Rate is PercentageRate rate && (rate.HasBounds || rate.HasAllowance || (Included > 0 && rate.Fixed != 0));
}
