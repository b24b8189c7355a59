using System.Globalization;
using System.Text.RegularExpressions;

namespace Portal.Benchmarks;

/// <summary>Reads the times of a series. Without an offset they are UTC; with a day before a month it depends on the whole file.</summary>
internal sealed partial class SeriesTimes
{
    private static readonly string[] s_dayFirst = ["d/M/yyyy", "d/M/yyyy H:mm", "d/M/yyyy H:mm:ss"];
    private static readonly string[] s_points = ["d.M.yyyy", "d.M.yyyy H:mm", "d.M.yyyy H:mm:ss"];
    private readonly bool _isDayFirst;

    /// <summary>For a file with these fields.</summary>
    public SeriesTimes(IEnumerable<string> fields) =>
        // 3/4/2026 is in March, unless a 13th to 31st month shows that the day comes first.
        _isDayFirst = fields.Any(field => Slashes().Match(field) is { Success: true } match && int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) > 12);

    /// <summary>A time: RFC 3339 and the like, 20260131, 31.1.2026, 1/31/2026, or seconds or milliseconds since 1970; null for anything else.</summary>
    public DateTimeOffset? Read(string text)
    {
        if (Exactly(text, "yyyyMMdd") is { } day)
        {
            return day;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number switch
            {
                >= 100_000_000 and < 100_000_000_000 => DateTimeOffset.FromUnixTimeSeconds(number),
                >= 100_000_000_000 and < 100_000_000_000_000 => DateTimeOffset.FromUnixTimeMilliseconds(number),
                _ => null,
            };
        }

        if (Exactly(text, s_points) is { } points)
        {
            return points;
        }

        if (_isDayFirst && Slashes().IsMatch(text))
        {
            return Exactly(text, s_dayFirst);
        }

        // A time of day or 1.5 would be read as one of this year.
        return Year().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
    }

    private static DateTimeOffset? Exactly(string text, params string[] formats) =>
        DateTimeOffset.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    [GeneratedRegex(@"^(\d{1,2})/\d{1,2}/\d{4}")]
    private static partial Regex Slashes();

    [GeneratedRegex(@"\d{4}.*\d|\d.*\d{4}")]
    private static partial Regex Year();
}
