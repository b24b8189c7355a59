using System.Buffers;
using System.Text;

namespace Portal.Domain.Values;

/// <summary>Tables as text: RFC 4180 out; CSV and what a spreadsheet puts on the clipboard (tabs) in.</summary>
public static class CsvText
{
    /// <summary>What a spreadsheet would take for a formula at the start of a cell.</summary>
    private static readonly SearchValues<char> s_formula = SearchValues.Create("=+-@\t\r\0");

    private static readonly SearchValues<char> s_quoted = SearchValues.Create("\",;\r\n\t");

    /// <summary>A row of fields as they are, quoted where needed, with its line end.</summary>
    public static string Row(params IEnumerable<string> fields) => string.Join(',', fields.Select(Quoted)) + "\r\n";

    /// <summary>A text that somebody else chose, so that no spreadsheet runs it: an apostrophe goes before what would begin a formula.</summary>
    /// <remarks>For text alone: a number stays a number, or nobody could add it up.</remarks>
    public static string Text(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length > 0 && s_formula.Contains(text[0]) ? "'" + text : text;
    }

    /// <summary>A text that <see cref="Text"/> may have written.</summary>
    public static string Plain(string field)
    {
        ArgumentNullException.ThrowIfNull(field);
        return field.Length > 1 && field[0] == '\'' && s_formula.Contains(field[1]) ? field[1..] : field;
    }

    /// <summary>Reads rows of fields. Tabs, semicolons or commas part them, whichever the first line has most of; empty lines are passed over.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var body = text.TrimStart('\uFEFF');
        var separator = SeparatorOf(body);
        var rows = new List<IReadOnlyList<string>>();
        var row = new List<string>();
        var field = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i <= body.Length; i++)
        {
            var letter = i < body.Length ? body[i] : '\n';
            if (isQuoted && i < body.Length)
            {
                if (letter != '"')
                {
                    field.Append(letter);
                }
                else if (i + 1 < body.Length && body[i + 1] == '"')
                {
                    field.Append('"');
                    i++;
                }
                else
                {
                    isQuoted = false;
                }
            }
            else if (letter == '"' && field.Length == 0)
            {
                isQuoted = true;
            }
            else if (letter == separator || letter == '\n')
            {
                row.Add(field.ToString().TrimEnd('\r'));
                field.Clear();
                if (letter == '\n')
                {
                    if (row.Exists(cell => cell.Trim().Length > 0))
                    {
                        rows.Add(row);
                    }

                    row = [];
                }
            }
            else
            {
                field.Append(letter);
            }
        }

        return rows;
    }

    // What parts the first line most often, outside quotes.
    private static char SeparatorOf(string body)
    {
        var isQuoted = false;
        var seen = new Dictionary<char, int> { ['\t'] = 0, [';'] = 0, [','] = 0 };
        foreach (var letter in body)
        {
            if (letter == '\n' && !isQuoted)
            {
                break;
            }

            isQuoted ^= letter == '"';
            if (!isQuoted && seen.TryGetValue(letter, out var count))
            {
                seen[letter] = count + 1;
            }
        }

        return seen.MaxBy(one => one.Value) is { Value: > 0 } most ? most.Key : ',';
    }

    private static string Quoted(string field) =>
        !field.AsSpan().ContainsAny(s_quoted) ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
