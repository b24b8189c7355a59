using System.Numerics;
using Portal.Domain.Rating;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Rating.Prices;

namespace Portal.Domain.Tests.Rating;

/// <summary>Rules that hold for any price and quantity, on seeded random ones; a failure names its seed.</summary>
public sealed class RatingPropertyTests
{
    private const int Seeds = 10_000;

    [Fact]
    public void Rating_agrees_with_counting_unit_by_unit()
    {
        Each((price, random) =>
        {
            var units = random.Next(0, 60);
            Assert.Equal(price.Counted(units), Rater.Rate(price.Terms, Used(units)).Amount());
        });
    }

    [Fact]
    public void A_percentage_agrees_with_an_event_at_a_time()
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var random = new Random(seed);
            var rate = new PercentageRate(
                random.Next(0, 1_000) / 100m,
                random.Next(3) == 0 ? 0 : random.Next(0, 100) / 100m,
                random.Next(2) == 0 ? null : random.Next(0, 8),
                random.Next(2) == 0 ? null : random.Next(0, 50_000) / 100m,
                random.Next(2) == 0 ? null : random.Next(0, 200) / 100m,
                random.Next(2) == 0 ? null : random.Next(200, 900) / 100m);
            var values = Enumerable.Range(0, random.Next(0, 15)).Select(_ => random.Next(0, 20_000) / 100m).ToList();
            var rated = Rater.Rate(new PriceTerms(rate), RatedUsage.OfValues(values)).Amount();
            Assert.True(Counted(rate, values) == rated, $"seed {seed}: counted {Counted(rate, values)}, rated {rated}");
        }
    }

    [Fact]
    public void Amounts_are_exact_for_figures_of_any_length()
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var random = new Random(seed);
            var (quantity, amount, per) = (Any(random), Any(random), Any(random));
            if (per == 0)
            {
                continue;
            }

            // In units of 1e-12 each: quantity × amount / per, to the nearest, half away from zero.
            var (top, bottom) = (Twelfths(quantity) * Twelfths(amount), Twelfths(per));
            var nearest = ((2 * top) + bottom) / (2 * bottom);
            var expected = BigInteger.Min(nearest, Twelfths(Exact.Max));
            var rated = Rater.Rate(new PriceTerms(new PerUnitRate(amount, per)), Used(quantity)).Amount();
            Assert.True(expected == Twelfths(rated), $"seed {seed}: {quantity} × {amount} / {per} was rated {rated}");
        }
    }

    [Fact]
    public void More_usage_never_costs_less()
    {
        Each((price, random) =>
        {
            if (price.Terms.Rate is VolumeRate or StairstepRate)
            {
                return;     // a higher tier may be cheaper as a whole
            }

            var less = random.Next(0, 60_000) / 1_000m;
            var more = less + (random.Next(0, 10_000) / 1_000m);
            Assert.True(Rater.Rate(price.Terms, Used(less)).Exact <= Rater.Rate(price.Terms, Used(more)).Exact);
        });
    }

    [Fact]
    public void Quantities_of_the_steps_add_up_to_the_usage()
    {
        Each((price, random) =>
        {
            var quantity = random.Next(0, 60_000) / 1_000m;
            Assert.Equal(quantity, Rater.Rate(price.Terms, Used(quantity)).Steps.Sum(step => step.Quantity));
        });
    }

    [Fact]
    public void Cutting_a_period_changes_nothing_while_the_terms_stay()
    {
        Each((price, random) =>
        {
            var whole = 0m;
            var share = 0m;
            var segments = new List<UsageSegment>();
            for (var n = random.Next(1, 6); n > 0; n--)
            {
                whole += random.Next(-5_000, 20_000) / 1_000m;
                share = n == 1 ? 1m : share + ((1m - share) * random.Next(0, 100) / 100m);
                segments.Add(new UsageSegment(price.Terms, Used(whole), share));
            }

            var parts = SegmentRater.Rate(segments);
            Assert.Equal(Rater.Rate(price.Terms, Used(whole)).Amount(), parts.Sum(part => part.Amount()));
            Assert.Equal(Math.Max(0, whole), parts.Sum(part => part.Steps.Sum(step => step.Quantity)));
        });
    }

    [Fact]
    public void Minimum_and_maximum_hold_by_share()
    {
        Each((price, random) =>
        {
            var share = random.Next(0, 101) / 100m;
            var amount = Rater.Rate(price.Terms, Used(random.Next(0, 60)), share).Amount();
            Assert.True(amount >= (price.Terms.Minimum ?? 0) * share);
            Assert.True(amount <= (price.Terms.Maximum ?? decimal.MaxValue) * share || price.Terms.Maximum is null);
        });
    }

    private static void Each(Action<RandomPrice, Random> check)
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var random = new Random(seed);
            var price = RandomPrice.From(random);
            try
            {
                check(price, random);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"seed {seed}: {System.Text.Json.JsonSerializer.Serialize(price.Terms)}", failure);
            }
        }
    }

    /// <summary>The oracle: what is left of the allowance is carried along by hand.</summary>
    private static decimal Counted(PercentageRate rate, List<decimal> values)
    {
        var total = 0m;
        var (freeEvents, freeAmount) = (rate.FreeEvents ?? int.MaxValue, rate.FreeAmount ?? 1_000_000_000m);
        var isFree = rate.FreeEvents is not null || rate.FreeAmount is not null;
        foreach (var value in values)
        {
            var pays = value;
            if (isFree && freeEvents > 0 && freeAmount > 0)
            {
                freeEvents--;
                pays = value > freeAmount ? value - freeAmount : -1m;
                freeAmount = value > freeAmount ? 0 : freeAmount - value;
            }

            if (pays >= 0)
            {
                var charge = (pays * rate.Percent / 100) + rate.Fixed;
                charge = rate.MinPerEvent is { } least && charge < least ? least : charge;
                total += rate.MaxPerEvent is { } most && charge > most ? most : charge;
            }
        }

        return total;
    }

    private static decimal Any(Random random)
    {
        var digits = string.Concat(Enumerable.Range(0, random.Next(1, 16)).Select(_ => random.Next(10)));
        var places = string.Concat(Enumerable.Range(0, random.Next(0, 13)).Select(_ => random.Next(10)));
        return Number(places.Length == 0 ? digits : $"{digits}.{places}");
    }

    private static BigInteger Twelfths(decimal value) => BigInteger.Parse(
        DecimalText.FormatFixed(value, 12).Replace(".", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture);
}
