using Portal.Domain.Catalog;

namespace Portal.Catalog;

/// <summary>What a card would be with a table taken over, before it is: the sheet, what is wrong with which cell of the table, and what would change.</summary>
/// <param name="Sheet">The sheet with the table's prices.</param>
/// <param name="Reading">What it would say.</param>
/// <param name="Prices">How many prices the table has.</param>
/// <param name="Errors">What is wrong, in the order of the table: the first thing of each cell.</param>
public sealed record PriceImport(RateCardSheet Sheet, SheetReading Reading, int Prices, IReadOnlyList<ImportError> Errors)
{
    /// <summary>Tries a table on a sheet.</summary>
    /// <param name="sheet">The sheet, which stays as it is.</param>
    /// <param name="imported">The table's prices.</param>
    /// <param name="replacesAll">Whether prices that the table does not have go; else they stay, and those with the same key are replaced in their place.</param>
    /// <param name="meters">The meters by key.</param>
    public static PriceImport Try(RateCardSheet sheet, ImportedPrices imported, bool replacesAll, Func<string, Meter?> meters)
    {
        ArgumentNullException.ThrowIfNull(sheet);
        ArgumentNullException.ThrowIfNull(imported);
        var rows = replacesAll ? [] : sheet.Rows.ToList();
        foreach (var row in imported.Rows.Select(price => price.Row))
        {
            Complete(row, rows);
            var same = rows.FindIndex(other => other["key"] == row["key"] && imported.Rows.All(price => price.Row != other));
            if (same >= 0)
            {
                rows[same] = row;
            }
            else
            {
                rows.Add(row);
            }
        }

        var trial = sheet.With(rows);
        trial.ShowsAll = true;
        var reading = trial.Read(meters);
        var found = imported.Rows.SelectMany(price => ErrorsOf(price, RateCardSheet.PathOf(rows.IndexOf(price.Row)), reading));
        return new PriceImport(trial, reading, imported.Rows.Count, [.. imported.Errors.Concat(found).DistinctBy(error => (error.Line, error.Column)).OrderBy(error => error.Line)]);
    }

    /// <summary>Whether the table can be taken over: a price that cannot be published can, since a draft may be half done; one that cannot be read cannot.</summary>
    public bool IsSound => Prices > 0 && Errors.Count == 0;

    private static IEnumerable<ImportError> ErrorsOf(ImportedPrice price, string path, SheetReading reading) => reading.Errors.Under(path)
        .Select(error => new ImportError(price.Line, PriceTable.ColumnOfCell(error.Cell[(path.Length + 1)..]), error.Message));

    // A table may give a name or a key alone.
    private static void Complete(PriceRow row, List<PriceRow> others)
    {
        if (row["name"].Length == 0)
        {
            row["name"] = row["key"];
        }

        if (row["key"].Length == 0)
        {
            row["key"] = others.Find(other => other["name"] == row["name"])?["key"] ?? RateCardSheet.KeyOf(row["name"]);
        }
    }
}
