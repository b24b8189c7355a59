using System.Globalization;
using System.Text.Json;
using Portal.Domain.Rating;

namespace Portal.Domain.Tests.Rating;

/// <summary>The steps of an amount are enough to work it out again: what a customer with a pocket calculator does, from what the API shows and nothing else.</summary>
public sealed class PocketCalculatorTests
{
    private const int Seeds = 10_000;

    [Fact]
    public void The_amount_comes_out_of_the_steps_alone()
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var random = new Random(seed);
            var (terms, usage) = seed % 3 == 0 ? OfEvents(random) : (RandomPrice.From(random).Terms, new RatedUsage(random.Next(-1_000, 60_000) / 1_000m, 3));
            var rated = Rater.Rate(terms, usage, seed % 2 == 0 ? 1m : random.Next(0, 101) / 100m);
            var steps = JsonDocument.Parse(JsonSerializer.Serialize(rated.Steps)).RootElement;
            Assert.True(rated.Exact == WorkedOut(steps), $"seed {seed}: {rated.Exact} came of {steps}, which works out to {WorkedOut(steps)}");
        }
    }

    private static decimal WorkedOut(JsonElement steps)
    {
        var total = 0m;
        foreach (var step in steps.EnumerateArray())
        {
            var (price, per) = step.TryGetProperty("price", out _) ? (Number(step, "price"), Number(step, "per")) : (Number(step, "unitAmount"), 1m);
            var (quantity, flat) = (Number(step, "quantity"), Number(step, "flat"));
            total = step.GetProperty("kind").GetString() switch
            {
                "included" or "free" => total,
                "package" => total + (Math.Ceiling(quantity / per) * price),
                "minimum" or "maximum" or "event_bounds" => price,
                _ => total + (quantity * price / per) + flat,
            };
        }

        return Math.Round(total, 12, MidpointRounding.AwayFromZero);
    }

    private static (PriceTerms Terms, RatedUsage Usage) OfEvents(Random random)
    {
        var rate = new PercentageRate(
            random.Next(0, 1_000) / 100m, random.Next(0, 100) / 100m,
            random.Next(2) == 0 ? null : random.Next(0, 8), random.Next(2) == 0 ? null : random.Next(0, 50_000) / 100m,
            random.Next(2) == 0 ? null : random.Next(0, 200) / 100m, random.Next(2) == 0 ? null : random.Next(200, 900) / 100m);
        var values = Enumerable.Range(0, random.Next(0, 15)).Select(_ => random.Next(0, 20_000) / 100m);
        return (new PriceTerms(rate, Maximum: random.Next(3) == 0 ? random.Next(0, 5_000) / 100m : null), RatedUsage.OfValues(values));
    }

    private static decimal Number(JsonElement step, string field) => decimal.Parse(step.GetProperty(field).GetString()!, CultureInfo.InvariantCulture);
}
