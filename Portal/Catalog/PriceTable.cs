using System.Globalization;
using Portal.Domain.Values;

namespace Portal.Catalog;

/// <summary>Prices as a table, one a row, for a spreadsheet: what is written here is read back, and a table from elsewhere may have fewer columns.</summary>
public static class PriceTable
{
    private const string MatchPrefix = "match.";

    private static readonly string[] s_first = ["key", "name", "meter", "recurring", "interval"];

    private static readonly string[] s_rest =
    [
        "model", "included", "amount", "per", "size", "percent", "fixed", "freeEvents", "freeAmount", "minPerEvent", "maxPerEvent", "tiers", "minimum", "maximum",
    ];

    /// <summary>Whether a table has a price a row, by its head; else it may be a matrix: see <see cref="PriceMatrix"/>.</summary>
    public static bool IsOne(IReadOnlyList<string> head)
    {
        ArgumentNullException.ThrowIfNull(head);
        return head.Any(column => ColumnOf(column) is "meter" or "recurring" or "key") && head.Any(column => ColumnOf(column) is "amount" or "percent" or "tiers");
    }

    /// <summary>Writes rows as CSV.</summary>
    public static string Write(IReadOnlyList<PriceRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var matches = rows.SelectMany(row => row.MatchedProperties).Distinct().Order(StringComparer.Ordinal).Select(property => MatchPrefix + property);
        List<string> columns = [.. s_first, .. matches, .. s_rest];
        return CsvText.Row(columns) + string.Concat(rows.Select(row => CsvText.Row(columns.Select(column => CsvText.Text(Cell(row, column))))));
    }

    /// <summary>Reads a table with a head. What makes no sense as a price is found when the card is read with it; what makes no sense as a table is noted here.</summary>
    public static ImportedPrices Read(IReadOnlyList<IReadOnlyList<string>> table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var errors = new List<ImportError>();
        var columns = table.Count == 0 ? [] : table[0].Select(ColumnOf).ToList();
        foreach (var (index, column) in columns.Index().Where(column => column.Item is null && table[0][column.Index].Trim().Length > 0))
        {
            errors.Add(new ImportError(1, table[0][index].Trim(), $"There is no such column. Use {string.Join(", ", s_first)}, match.<property>, {string.Join(", ", s_rest)}."));
        }

        var rows = new List<ImportedPrice>();
        for (var line = 1; line < table.Count; line++)
        {
            var row = new PriceRow();
            for (var i = 0; i < Math.Min(columns.Count, table[line].Count); i++)
            {
                if (columns[i] is { } column && CsvText.Plain(table[line][i].Trim()) is { Length: > 0 } text && Put(row, column, text) is { } problem)
                {
                    errors.Add(new ImportError(line + 1, column, problem));
                }
            }

            rows.Add(new ImportedPrice(line + 1, row));
        }

        return new ImportedPrices(rows, errors);
    }

    /// <summary>The column that shows what is wrong with a cell of a price.</summary>
    public static string ColumnOfCell(string cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        return cell.StartsWith("rate.tiers", StringComparison.Ordinal) ? "tiers"
            : cell.StartsWith("rate.", StringComparison.Ordinal) ? cell["rate.".Length..]
            : cell;
    }

    /// <summary>A number as a spreadsheet shows it: without the sign of a currency. Separators stay, and are refused: nobody knows what they mean.</summary>
    internal static string Number(string text) =>
        new([.. text.Where(letter => !char.IsWhiteSpace(letter) && char.GetUnicodeCategory(letter) != UnicodeCategory.CurrencySymbol)]);

    private static string? ColumnOf(string head)
    {
        var name = head.Trim();
        return name.StartsWith(MatchPrefix, StringComparison.OrdinalIgnoreCase) && name.Length > MatchPrefix.Length
            ? MatchPrefix + name[MatchPrefix.Length..]
            : s_first.Concat(s_rest).FirstOrDefault(column => column.Equals(name.Replace(" ", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase));
    }

    private static string Cell(PriceRow row, string column) => column switch
    {
        "meter" => row.Meter ?? "",
        "recurring" => row.IsFee ? row.Source[PriceRow.FeePrefix.Length..] : "",
        "model" => row.Model,
        "tiers" => row.HasTiers ? TierText.Write(row) : "",
        "interval" => row.IsFee ? row["interval"] : "",
        "key" or "name" or "included" or "minimum" or "maximum" => row[column],
        _ when column.StartsWith(MatchPrefix, StringComparison.Ordinal) => row[column],
        _ => PriceRow.CellsOf(row.Model).Contains($"rate.{column}") ? row[$"rate.{column}"] : "",
    };

    private static string? Put(PriceRow row, string column, string text)
    {
        switch (column)
        {
            case "key" or "name" or "interval":
                row[column] = text;
                return null;
            case "meter":
                row.Source = text;
                return null;
            case "recurring":
                row.Source = PriceRow.FeePrefix + text;
                return null;
            case "model":
                var known = PriceModels.All.FirstOrDefault(one => one.Model == text || one.Name == text).Model;
                row.Model = known ?? row.Model;
                return known is null ? $"There is no pricing model '{text}': use one of {string.Join(", ", PriceModels.All.Select(one => one.Model))}." : null;
            case "tiers":
                return TierText.Read(row, text);
            case "included" or "minimum" or "maximum":
                row[column] = Number(text);
                return null;
            default:
                row[column.StartsWith(MatchPrefix, StringComparison.Ordinal) ? column : $"rate.{column}"] =
                    column.StartsWith(MatchPrefix, StringComparison.Ordinal) ? text : Number(text);
                return null;
        }
    }
}

/// <summary>What a table held.</summary>
/// <param name="Rows">A price for each line.</param>
/// <param name="Errors">What cannot be read as a table.</param>
public sealed record ImportedPrices(IReadOnlyList<ImportedPrice> Rows, IReadOnlyList<ImportError> Errors);

/// <summary>A price that was imported.</summary>
/// <param name="Line">Its line in the table, from 1.</param>
/// <param name="Row">The price as it would be typed.</param>
public sealed record ImportedPrice(int Line, PriceRow Row);

/// <summary>What is wrong with a cell of the table.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column's head.</param>
/// <param name="Message">What, and how to mend it.</param>
public sealed record ImportError(int Line, string Column, string Message);
