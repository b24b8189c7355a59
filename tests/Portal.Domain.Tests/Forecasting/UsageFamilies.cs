using Portal.Domain.Forecasting;

namespace Portal.Domain.Tests.Forecasting;

/// <summary>Families of daily usage, made by a seeded generator: what customers of a usage-priced product look like, and what misleads an estimate.</summary>
public static class UsageFamilies
{
    public const int Customers = 12;
    public const int Months = 22;

    private static readonly DateOnly s_first = new(2023, 1, 1);

    public static IReadOnlyList<string> Names { get; } = ["steady", "weekday", "growth", "level", "spikes", "sparse", "batch"];

    /// <summary>The customers of a family, always the same.</summary>
    public static IEnumerable<DailySeries> Of(string family, int seed = 1) =>
        Enumerable.Range(0, Customers).Select(n => Make(family, new Random(seed * 100_003 + Names.ToList().IndexOf(family) * 1_009 + n)));

    /// <summary>The calendar months of a series, the first and the last one included.</summary>
    public static IReadOnlyList<DayPeriod> MonthsOf(DailySeries series)
    {
        var months = new List<DayPeriod>();
        for (var month = DayPeriod.MonthOf(s_first); month.End <= series.End; month = DayPeriod.MonthOf(month.End))
        {
            months.Add(month);
        }

        return months;
    }

    private static DailySeries Make(string family, Random random)
    {
        var days = s_first.AddMonths(Months).DayNumber - s_first.DayNumber;
        var values = new decimal[days];
        var level = Math.Exp(3 + 4 * random.NextDouble());
        var weekend = 0.15 + 0.35 * random.NextDouble();
        var growth = 0.02 + 0.10 * random.NextDouble();
        var drift = 0.0;
        for (var i = 0; i < days; i++)
        {
            var day = s_first.AddDays(i);
            var isWeekend = day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;

            // Every family wanders a little: no customer stays what it was.
            drift += 0.012 * Normal(random);
            var usage = level * Math.Exp(drift + 0.18 * Normal(random)) * (isWeekend ? weekend + 0.45 : 1);
            usage = family switch
            {
                "weekday" => usage * (isWeekend ? weekend / 2 : 1),
                "growth" => usage * Math.Pow(1 + growth, i / 30.0),
                "spikes" => usage * (random.NextDouble() < 0.025 ? 4 + 8 * random.NextDouble() : 1),
                "sparse" => random.NextDouble() < 0.3 ? usage * 3 : 0,
                "batch" => usage * (day.Day == 1 ? 12 : 1),
                _ => usage,
            };
            if (family == "level" && random.NextDouble() < 1 / 120.0)
            {
                level *= random.NextDouble() < 0.5 ? 0.55 : 1.8;
            }

            values[i] = Math.Round((decimal)usage, 3);
        }

        return DailySeries.Of(values.Select((value, i) => (s_first.AddDays(i), value)), s_first.AddDays(days))!;
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
