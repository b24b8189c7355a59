using System.Text.RegularExpressions;
using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Catalog;

/// <summary>What a sheet says, and what is wrong with it.</summary>
/// <param name="Content">The card; where a price's terms make no sense it costs nothing here.</param>
/// <param name="Errors">What is wrong, by cell.</param>
/// <param name="Saves">Whether it can be saved as a draft. It can be published where nothing at all is wrong.</param>
public sealed record SheetReading(RateCardContent Content, CellErrors Errors, bool Saves)
{
    /// <summary>Whether it can be published.</summary>
    public bool Publishes => !Errors.Any;

    /// <summary>What it says where it makes sense: a price that does not is as it was before, or left out where it is new.</summary>
    public RateCardContent Sound(RateCardContent before)
    {
        ArgumentNullException.ThrowIfNull(before);
        return Content with
        {
            Prices = [.. Content.Prices
                .Select((price, index) => Errors.AnyUnder(RateCardSheet.PathOf(index)) ? before.Prices.FirstOrDefault(old => old.Key == price.Key) : price)
                .OfType<Price>()],
        };
    }
}

/// <summary>Errors by the cell that shows them. The domain's paths are those of the API; where no cell has such a path, the nearest one takes it.</summary>
public sealed partial class CellErrors
{
    private readonly Dictionary<string, string> _byCell;

    private CellErrors(Dictionary<string, string> byCell, IReadOnlyList<string> elsewhere) => (_byCell, Elsewhere) = (byCell, elsewhere);

    /// <summary>No errors.</summary>
    public static CellErrors None { get; } = new([], []);

    /// <summary>Errors that no cell can show: they stand above the sheet.</summary>
    public IReadOnlyList<string> Elsewhere { get; }

    /// <summary>Whether anything is wrong.</summary>
    public bool Any => _byCell.Count > 0 || Elsewhere.Count > 0;

    /// <summary>How many cells are wrong.</summary>
    public int Count => _byCell.Count + Elsewhere.Count;

    /// <summary>What is wrong with a cell; null where nothing is.</summary>
    public string? At(string cell) => _byCell.GetValueOrDefault(cell);

    /// <summary>Whether anything is wrong at or below a path.</summary>
    public bool AnyUnder(string path) => _byCell.Keys.Any(cell =>
        cell.StartsWith(path, StringComparison.Ordinal) && (cell.Length == path.Length || cell[path.Length] is '.' or '['));

    /// <summary>What is wrong below a path, cell by cell.</summary>
    public IEnumerable<(string Cell, string Message)> Under(string path) => _byCell
        .Where(error => error.Key.StartsWith(path + ".", StringComparison.Ordinal))
        .Select(error => (error.Key, error.Value));

    /// <summary>Sorts the domain's errors into cells; of several errors of one cell the first is shown.</summary>
    public static CellErrors Of(FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        var byCell = new Dictionary<string, string>(StringComparer.Ordinal);
        var elsewhere = new List<string>();
        foreach (var (path, message) in errors.Items)
        {
            if (CellOf(path) is { } cell)
            {
                byCell.TryAdd(cell, Short(message));
            }
            else
            {
                elsewhere.Add(message);
            }
        }

        return new CellErrors(byCell, elsewhere);
    }

    /// <summary>The cell that shows the errors of a path; null where none does.</summary>
    public static string? CellOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (OfPrice().Match(path) is not { Success: true } price)
        {
            return OfCard().IsMatch(path) ? path : null;
        }

        var (row, field) = (price.Groups["row"].Value, price.Groups["field"].Value);
        return row + "." + field switch
        {
            "recurring" => "meter",
            "" => "name",
            "rate" => "rate.model",
            "rate.tiers" => "rate.tiers[0].upTo",
            _ when OfTier().IsMatch(field) => field + ".upTo",
            _ => field,
        };
    }

    // A cell is narrow, and who types there needs an example more than the grammar.
    private static string Short(string message) => message.Contains(DecimalText.Rule, StringComparison.Ordinal) ? "Not a number: write it like 1250.50." : message;

    [GeneratedRegex(@"\A(?<row>prices\[\d+\])(\.(?<field>key|name|meter|recurring|interval|match(\..+)?|included|minimum|maximum|rate|rate\.(model|amount|per|size|percent|fixed|freeEvents|freeAmount|minPerEvent|maxPerEvent|tiers)|rate\.tiers\[\d+\](\.(upTo|amount|per|flat|percent))?))?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex OfPrice();

    [GeneratedRegex(@"\Arate\.tiers\[\d+\]\z", RegexOptions.CultureInvariant)]
    private static partial Regex OfTier();

    [GeneratedRegex(@"\A(name|currency|interval|trialDays|billing\.(threshold|collection|netDays)|features\[\d+\]\.(key|limit|meter))\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex OfCard();
}
