using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Catalog;

/// <summary>A price list as vendors publish it: a row for each value of a property (an AI model), a column for each kind of usage (input, output, cached), unit prices in the cells.</summary>
/// <remarks>What a column prices is guessed from its head, and a person may say it otherwise: see <see cref="Columns"/>.</remarks>
public sealed class PriceMatrix
{
    private readonly IReadOnlyList<IReadOnlyList<string>> _table;

    private PriceMatrix(IReadOnlyList<IReadOnlyList<string>> table, IReadOnlyList<MatrixColumn> columns) => (_table, Columns) = (table, columns);

    /// <summary>The columns of prices, in order.</summary>
    public IReadOnlyList<MatrixColumn> Columns { get; }

    /// <summary>The property that the first column names a value of; the same for every meter that is chosen.</summary>
    public string Property { get; set; } = "";

    /// <summary>How many units a price is for.</summary>
    public string Per { get; set; } = "1000000";

    /// <summary>Takes a table with a head, and guesses.</summary>
    public static PriceMatrix Of(IReadOnlyList<IReadOnlyList<string>> table, IReadOnlyList<Meter> meters)
    {
        ArgumentNullException.ThrowIfNull(table);
        var grouped = meters.Where(meter => meter.GroupBy.Length > 0).ToList();
        var head = table.Count == 0 ? [] : table[0];
        var first = head.Count == 0 ? "" : head[0].Trim();
        var property = grouped.SelectMany(meter => meter.GroupBy).FirstOrDefault(name => name.Equals(first, StringComparison.OrdinalIgnoreCase))
            ?? grouped.SelectMany(meter => meter.GroupBy).GroupBy(name => name).MaxBy(same => same.Count())?.Key ?? "";
        var fitting = grouped.Where(meter => meter.GroupBy.Contains(property)).ToList();
        return new PriceMatrix(table, [.. head.Skip(1).Select(name => Guess(name.Trim(), property, fitting))]) { Property = property };
    }

    /// <summary>The properties that could be named by the first column.</summary>
    public static IReadOnlyList<string> PropertiesOf(IReadOnlyList<Meter> meters) => [.. meters.SelectMany(meter => meter.GroupBy).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>A price for each filled cell.</summary>
    public ImportedPrices Read()
    {
        var rows = new List<ImportedPrice>();
        var errors = new List<ImportError>();
        for (var line = 1; line < _table.Count; line++)
        {
            var value = CsvText.Plain(_table[line][0].Trim());
            foreach (var (index, column) in Columns.Index())
            {
                var text = index + 1 < _table[line].Count ? PriceTable.Number(_table[line][index + 1]) : "";
                if (column.Meter.Length == 0 || text is "" or "-" or "–" or "—")
                {
                    continue;
                }

                if (value.Length == 0)
                {
                    errors.Add(new ImportError(line + 1, _table[0][0], $"Give the {Property} that this price is for."));
                    continue;
                }

                rows.Add(new ImportedPrice(line + 1, RowOf(value, column, text)));
            }
        }

        return new ImportedPrices(rows, errors);
    }

    private PriceRow RowOf(string value, MatrixColumn column, string amount)
    {
        var row = new PriceRow
        {
            Source = column.Meter,
            ["name"] = $"{value}, {column.Head}",
            ["key"] = RateCardSheet.KeyOf($"{value} {column.Head}"),
            ["rate.amount"] = amount,
            ["rate.per"] = Per.Trim(),
        };
        row[$"match.{Property}"] = value;
        if (column.Also.Length > 0 && column.AlsoValue.Trim().Length > 0)
        {
            row[$"match.{column.Also}"] = column.AlsoValue.Trim();
        }

        return row;
    }

    private static MatrixColumn Guess(string head, string property, List<Meter> meters)
    {
        var words = head.ToLowerInvariant().Split([' ', '-', '_', ',', '/', '(', ')'], StringSplitOptions.RemoveEmptyEntries);

        // A meter named after the column first; else one that tells such kinds apart by a second property.
        var named = meters.MaxBy(meter => words.Count(word => meter.Key.Split('-', '_', '.').Contains(word)));
        if (named is not null && words.Any(word => named.Key.Split('-', '_', '.').Contains(word)) && !(named.GroupBy.Length > 1))
        {
            return new MatrixColumn(head) { Meter = named.Key };
        }

        return meters.Find(meter => meter.GroupBy.Length > 1) is { } apart
            ? new MatrixColumn(head) { Meter = apart.Key, Also = apart.GroupBy.First(name => name != property), AlsoValue = words.FirstOrDefault() ?? "" }
            : new MatrixColumn(head) { Meter = "" };
    }
}

/// <summary>A column of a matrix: which usage its prices are for.</summary>
/// <param name="Head">What stands above it.</param>
public sealed record MatrixColumn(string Head)
{
    /// <summary>The meter's key; empty leaves the column out.</summary>
    public string Meter { get; set; } = "";

    /// <summary>A second property of the meter that tells this column's usage apart; empty for none.</summary>
    public string Also { get; set; } = "";

    /// <summary>The value of the second property.</summary>
    public string AlsoValue { get; set; } = "";
}
