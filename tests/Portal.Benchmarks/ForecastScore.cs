using System.Text.Json;
using Portal.Domain.Forecasting;

namespace Portal.Benchmarks;

/// <summary>Back-tests the forecast on a file with a value a day. Only the answer goes to the standard output.</summary>
internal static class ForecastScore
{
    public static async Task<int> Run(string path)
    {
        var rows = await SeriesFile.Read(path);
        // A date is the one that is written, whatever offset stands behind it.
        var days = rows.ConvertAll(row => (Day: DateOnly.FromDateTime(row.At.DateTime), row.Value));
        var (from, to) = days.Count == 0 ? (DateOnly.MinValue, DateOnly.MinValue) : (days.Min(day => day.Day), days.Max(day => day.Day).AddDays(1));
        var series = days.Count == 0 ? null : DailySeries.Of(days, to);
        var scores = SeriesScore.Days.Select(day => series is null ? new SeriesScore(day, 0, 0, 0, 0, 0) : SeriesScore.Of(series, [.. WholeMonths(from, to)], day)).ToList();
        Console.WriteLine(JsonSerializer.Serialize(
            new
            {
                Months = scores.Max(score => score.Months),
                Days = scores.Select(score => new
                {
                    score.Day,
                    Mape = Math.Round(score.Mape, 1),
                    RunRateMape = Math.Round(score.RunRateMape, 1),
                    Coverage = Math.Round(score.Coverage, 3),
                    Width = Math.Round(score.Width, 3),
                    score.Months,
                }),
            },
            JsonSerializerOptions.Web));
        return 0;
    }

    private static IEnumerable<DayPeriod> WholeMonths(DateOnly from, DateOnly to)
    {
        for (var month = DayPeriod.MonthOf(from); month.End <= to; month = DayPeriod.MonthOf(month.End))
        {
            if (month.Start >= from)
            {
                yield return month;
            }
        }
    }
}
