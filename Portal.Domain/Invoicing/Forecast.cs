using Portal.Domain.Forecasting;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What a billing period will likely come to, before the cap and before tax; fees and discounts are in it.</summary>
/// <param name="Low">In 8 of 10 periods it comes to this or more, …</param>
/// <param name="Expected">The estimate.</param>
/// <param name="High">… and to this or less.</param>
/// <param name="Capped">What would be billed of the estimate: with the cap.</param>
/// <param name="Method">How the largest part of it was estimated.</param>
/// <param name="ErrorPercent">By how much such estimates were off at this time of a period, in percent: the median.</param>
/// <param name="Periods">Own past periods that the range rests on.</param>
/// <param name="Source">Whose errors the range rests on.</param>
/// <param name="BreachAt">When usage would reach the cap; null without a cap, where it would not, or already has.</param>
/// <param name="Day">The days of the period that are over.</param>
public sealed record Forecast(
    Money Low, Money Expected, Money High, Money Capped, ForecastMethod Method, decimal ErrorPercent, int Periods, BandSource Source,
    DateTimeOffset? BreachAt, int Day);

/// <summary>A forecast, or why there is none.</summary>
/// <param name="Forecast">The forecast; null where there is none yet.</param>
/// <param name="Unavailable">Why there is none, in a sentence; null where there is one.</param>
/// <param name="Path">The way to it, day by day; empty where nobody asked.</param>
public sealed record ForecastAnswer(Forecast? Forecast, string? Unavailable, IReadOnlyList<ForecastDay> Path)
{
    internal static ForecastAnswer None(string reason) => new(null, reason, []);
}

/// <summary>What a period's charges come to at the end of one of its days.</summary>
/// <param name="Start">The start of the day in the customer's zone.</param>
/// <param name="Actual">What they came to, today as of now; null for days to come.</param>
/// <param name="Expected">What they are expected to come to, from today on; null before.</param>
/// <param name="Low">The lower end of the likely range.</param>
/// <param name="High">The upper end.</param>
public sealed record ForecastDay(DateTimeOffset Start, decimal? Actual, decimal? Expected, decimal? Low, decimal? High);
