using System.Globalization;

namespace Portal.Benchmarks;

/// <summary>A series in a CSV file: a time and a value on each line, in any order, with or without a head.</summary>
internal static class SeriesFile
{
    /// <summary>The lines that have a time and a value, in order of time. A line without a value says nothing, as if it were missing.</summary>
    public static async Task<List<(DateTimeOffset At, decimal Value)>> Read(string path)
    {
        var (rows, time, value) = (new List<(DateTimeOffset, decimal)>(), 0, 1);
        foreach (var line in await File.ReadAllLinesAsync(path))
        {
            // A series has neither texts with separators in them nor decimal commas.
            var fields = Array.ConvertAll(line.Split([',', ';', '\t']), field => field.Trim().Trim('"', '\uFEFF'));
            if (Array.FindIndex(fields, IsTimeName) is var named and >= 0)
            {
                // A head may name the columns in another order, or others beside them.
                (time, value) = (named, Array.FindIndex(fields, IsValueName) is var found and >= 0 ? found : named == 0 ? 1 : 0);
            }
            else if (Math.Max(time, value) < fields.Length && Time(fields[time]) is { } at && Number(fields[value]) is { } number)
            {
                rows.Add((at, number));
            }
        }

        rows.Sort((one, other) => one.Item1.CompareTo(other.Item1));
        return rows;
    }

    private static bool IsTimeName(string name) => name.ToUpperInvariant() is "DATE" or "TIMESTAMP" or "TIME" or "DS" or "DATETIME" or "DAY";

    private static bool IsValueName(string name) => name.ToUpperInvariant() is "VALUE" or "Y" or "QUANTITY" or "COUNT";

    private static DateTimeOffset? Time(string text)
    {
        if (DateTimeOffset.TryParseExact(text, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var day))
        {
            return day;
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return time;
        }

        return long.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 100_000_000_000
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
    }

    private static decimal? Number(string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
