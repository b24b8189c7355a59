using System.Globalization;
using System.Text;

namespace Portal.Domain.Demo;

/// <summary>How one demo customer uses the product.</summary>
/// <param name="Customer">The customer's key.</param>
/// <param name="RequestsPerDay">Requests on an ordinary working day at the start of the history.</param>
/// <param name="GrowthPerDay">By which share traffic grows from one day to the next.</param>
/// <param name="WeekendShare">What is left of a working day's traffic on Saturday and Sunday.</param>
/// <param name="PeakHour">The hour of the day, UTC, at which traffic peaks.</param>
/// <param name="LargeModelShare">The share of requests that go to the large model.</param>
public sealed record DemoPattern(
    string Customer, int RequestsPerDay, decimal GrowthPerDay, decimal WeekendShare, int PeakHour, decimal LargeModelShare);

/// <summary>Makes the demo's events: traffic with a day, a week and a trend, the same for the same seed.</summary>
public static class DemoTraffic
{
    // The share of a day's traffic by hours from the peak, in percent; a smooth hump that adds up to 100.
    private static readonly int[] s_hourWeights = [8, 8, 8, 7, 6, 5, 4, 3, 2, 2, 1, 1];

    /// <summary>One customer's events of one UTC day, in order of time, in the short form of API.md.</summary>
    /// <param name="pattern">The customer's habits.</param>
    /// <param name="day">The day.</param>
    /// <param name="age">Days since the history began; the trend grows with it.</param>
    /// <param name="seed">The same seed gives the same day.</param>
    public static IReadOnlyList<(DateTimeOffset Time, string Json)> Day(DemoPattern pattern, DateOnly day, int age, int seed)
    {
        var random = new Random(HashCode(pattern.Customer, day.DayNumber, seed));
        var isWeekend = day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;
        var expected = pattern.RequestsPerDay * (1 + pattern.GrowthPerDay * age) * (isWeekend ? pattern.WeekendShare : 1);
        var noise = 0.85m + random.Next(0, 31) / 100m;
        var count = (int)Math.Round(expected * noise, MidpointRounding.AwayFromZero);

        var events = new List<(DateTimeOffset, string)>(count);
        for (var n = 0; n < count; n++)
        {
            var time = new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)
                .AddHours(Hour(pattern.PeakHour, random)).AddSeconds(random.Next(3_600));
            events.Add((time, Event(pattern, $"{pattern.Customer}-{day:yyyyMMdd}-{n}", time, random)));
        }

        events.Sort((left, right) => left.Item1.CompareTo(right.Item1));
        return events;
    }

    /// <summary>A small request at an instant, as the live trickle sends it: a fraction of a cent.</summary>
    public static string Small(DemoPattern pattern, string id, DateTimeOffset time, Random random) =>
        Completion(pattern, id, time, random, random.Next(100, 1_500), random.Next(10, 250));

    private static string Event(DemoPattern pattern, string id, DateTimeOffset time, Random random) => random.Next(100) switch
    {
        < 82 => Large(pattern, id, time, random),
        < 94 => Json(id, pattern.Customer, "image.generation", time, $"\"size\":\"{(random.Next(3) == 0 ? "1024" : "512")}\""),
        _ => Json(id, pattern.Customer, "ticket.closed", time, $"\"outcome\":\"{(random.Next(10) < 7 ? "resolved" : "handed_over")}\""),
    };

    /// <summary>A loop in a customer's software: half an hour in which it asks the large model again and again.</summary>
    public static IReadOnlyList<string> Loop(DemoPattern pattern, DateTimeOffset until, int seed)
    {
        const int Requests = 240;
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, Requests).Select(n =>
                Large(pattern, $"{pattern.Customer}-loop-{n}", until.AddSeconds(1_800 * (n - Requests) / Requests), random)),
        ];
    }

    private static string Large(DemoPattern pattern, string id, DateTimeOffset time, Random random) =>
        Completion(pattern, id, time, random, random.Next(4_000, 90_000), random.Next(500, 16_000));

    private static string Completion(DemoPattern pattern, string id, DateTimeOffset time, Random random, int input, int output)
    {
        var model = random.Next(100) < pattern.LargeModelShare * 100 ? "atlas-large" : "atlas-mini";
        return Json(id, pattern.Customer, "llm.completion", time, string.Create(
            CultureInfo.InvariantCulture, $"\"model\":\"{model}\",\"input_tokens\":{input},\"output_tokens\":{output}"));
    }

    private static string Json(string id, string customer, string type, DateTimeOffset time, string properties) =>
        new StringBuilder("{\"id\":\"").Append(id).Append("\",\"customer\":\"").Append(customer).Append("\",\"type\":\"").Append(type)
            .Append("\",\"time\":\"").Append(time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture))
            .Append("\",\"properties\":{").Append(properties).Append("}}").ToString();

    private static int Hour(int peak, Random random)
    {
        var draw = random.Next(s_hourWeights.Sum() * 2);
        var distance = 0;
        while (draw >= s_hourWeights[distance] * 2)
        {
            draw -= s_hourWeights[distance] * 2;
            distance++;
        }

        return (24 + peak + (draw % 2 == 0 ? distance : -distance)) % 24;
    }

    // Stable over processes and runtimes, unlike string.GetHashCode.
    private static int HashCode(string customer, int day, int seed) =>
        customer.Aggregate(unchecked(seed * 486_187_739 + day), (hash, letter) => unchecked(hash * 31 + letter));
}
