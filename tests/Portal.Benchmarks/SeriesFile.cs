using System.Globalization;
using System.Text;

namespace Portal.Benchmarks;

/// <summary>A series in a CSV file: a time and a value on each line, in any order, with or without a head, with commas, semicolons or tabs between the fields.</summary>
internal static class SeriesFile
{
    /// <summary>The lines that have a time and a value, in order of time. What could not be read is told on the standard error; it counts as missing.</summary>
    /// <exception cref="InvalidDataException">Where the file has lines, and none of them has a time and a value.</exception>
    /// <exception cref="IOException">Where it cannot be read.</exception>
    public static async Task<List<(DateTimeOffset At, decimal Value)>> Read(string path)
    {
        var text = await File.ReadAllTextAsync(path);
        var first = text.Split('\n', 2)[0];
        var separator = first.Contains('\t', StringComparison.Ordinal) ? '\t' : first.Contains(';', StringComparison.Ordinal) ? ';' : ',';
        var lines = Parse(text, separator);
        var head = lines.Count > 0 && lines[0].Fields.Any(IsTimeName) ? lines[0].Fields : null;
        var data = lines.Skip(head is null ? 0 : 1).ToList();
        var times = new SeriesTimes(data.SelectMany(line => line.Fields));
        var (time, value) = Columns(head, data, times, separator);
        var (rows, left) = (new List<(DateTimeOffset, decimal)>(), new List<int>());
        foreach (var (number, fields) in data)
        {
            if (Math.Max(time, value) < fields.Length && times.Read(fields[time]) is { } at && Number(fields[value], separator) is { } found)
            {
                rows.Add((at, found));
            }
            else
            {
                left.Add(number);
            }
        }

        // A first line without a known name in it may be a head all the same.
        if (head is null && left is [1, ..] && rows.Count > 0)
        {
            left.RemoveAt(0);
        }

        await Tell(path, rows.Count, left, data.Count);
        rows.Sort((one, other) => one.Item1.CompareTo(other.Item1));
        return rows;
    }

    private static async Task Tell(string path, int rows, List<int> left, int data)
    {
        if (data == 0)
        {
            // It is no fault of a series that it is empty: every figure is a number all the same.
            await Console.Error.WriteLineAsync($"{path} has no lines with values.");
        }
        else if (rows == 0)
        {
            throw new InvalidDataException($"{path} has no line with a time and a value. Name the columns date,value or timestamp,value in its first line.");
        }
        else if (left.Count > 0)
        {
            await Console.Error.WriteLineAsync($"{path}: {left.Count} of {data} lines have no time or no value and count as missing, the first is line {left[0]}.");
        }
    }

    private static List<(int Number, string[] Fields)> Parse(string text, char separator)
    {
        var lines = text.Split('\n').Select((line, n) => (Number: n + 1, Fields: Fields(line, separator)));
        return [.. lines.Where(line => !line.Fields.All(string.IsNullOrWhiteSpace))];
    }

    /// <summary>The fields of a line; within quotes a separator is text. No field of a series has quotes of its own.</summary>
    private static string[] Fields(string line, char separator)
    {
        var (fields, field, isQuoted) = (new List<string>(), new StringBuilder(), false);
        foreach (var letter in line)
        {
            if (letter == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (letter == separator && !isQuoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(letter);
            }
        }

        fields.Add(field.ToString());
        return [.. fields.Select(value => value.Trim(' ', '\t', '\r', '\uFEFF'))];
    }

    /// <summary>Where the time and the value stand: by the head's names, else by the first line that has both.</summary>
    private static (int Time, int Value) Columns(string[]? head, List<(int Number, string[] Fields)> data, SeriesTimes times, char separator)
    {
        var (time, value) = head is null ? (-1, -1) : (Array.FindIndex(head, IsTimeName), Array.FindIndex(head, IsValueName));
        foreach (var (_, fields) in data)
        {
            if (time >= 0 && value >= 0)
            {
                break;
            }

            var at = time >= 0 ? time : Array.FindIndex(fields, field => times.Read(field) is not null);
            var numbers = Enumerable.Range(0, fields.Length).Where(n => n != at && Number(fields[n], separator) is not null).ToList();
            if (at >= 0 && numbers.Count > 0)
            {
                (time, value) = (at, value >= 0 ? value : numbers.Find(n => n > at) is > 0 and var after ? after : numbers[0]);
            }
        }

        return (Math.Max(0, time), value >= 0 ? value : 1);
    }

    private static bool IsTimeName(string name) => name.ToUpperInvariant() is "DATE" or "TIMESTAMP" or "TIME" or "DS" or "DATETIME" or "DAY";

    private static bool IsValueName(string name) => name.ToUpperInvariant() is "VALUE" or "Y" or "QUANTITY" or "COUNT";

    /// <summary>A value: 1234.5, 1,234.5 where the field is quoted, 1234,5 where no commas stand between the fields, 1.2e3.</summary>
    private static decimal? Number(string text, char separator)
    {
        var (comma, point) = (text.LastIndexOf(','), text.LastIndexOf('.'));
        var plain = comma < 0 ? text
            : separator != ',' && comma > point ? text.Replace(".", "", StringComparison.Ordinal).Replace(',', '.')
            : text.Replace(",", "", StringComparison.Ordinal);
        return decimal.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
