using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Catalog;

/// <summary>The logic of the import: text in, a sheet out, and nothing taken over before a person says so.</summary>
public partial class PriceImportPanel
{
    private const int Shown = 200;
    private const int FileMax = 1_000_000;

    private string _text = "";
    private bool _replacesAll;
    private string? _problem;
    private IReadOnlyList<IReadOnlyList<string>> _table = [];
    private PriceMatrix? _matrix;
    private PriceImport? _import;

    /// <summary>The card's key.</summary>
    [Parameter, EditorRequired]
    public string CardKey { get; set; } = "";

    /// <summary>The sheet that the prices would go on.</summary>
    [Parameter, EditorRequired]
    public RateCardSheet Sheet { get; set; } = null!;

    /// <summary>What the sheet says now.</summary>
    [Parameter, EditorRequired]
    public RateCardContent Current { get; set; } = null!;

    /// <summary>The meters, by key.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<Meter> Meters { get; set; } = [];

    /// <summary>Takes the sheet with the prices over.</summary>
    [Parameter, EditorRequired]
    public EventCallback<RateCardSheet> OnTake { get; set; }

    /// <summary>Closes the panel.</summary>
    [Parameter, EditorRequired]
    public EventCallback OnClose { get; set; }

    private void Parse()
    {
        _table = CsvText.Read(_text);
        (_problem, _matrix, _import) = (null, null, null);
        if (_table.Count < 2)
        {
            _problem = _table.Count == 1 ? "This is a head alone: the prices are missing below it." : null;
            return;
        }

        if (!PriceTable.IsOne(_table[0]))
        {
            _matrix = PriceMatrix.Of(_table, Meters);
            if (_matrix.Property.Length == 0)
            {
                (_problem, _matrix) = ("No meter groups its usage, so a list of models cannot be priced. Group a meter by the model first, or give one price a row.", null);
                return;
            }
        }

        Try();
    }

    private void Change(Action change)
    {
        change();
        Try();
    }

    private void Try() => _import = PriceImport.Try(
        Sheet, _matrix?.Read() ?? PriceTable.Read(_table), _replacesAll, key => Meters.FirstOrDefault(meter => meter.Key == key));

    private void Choose(MatrixColumn column, string key)
    {
        column.Meter = key;
        column.Also = Meters.FirstOrDefault(meter => meter.Key == key)?.GroupBy.FirstOrDefault(property => property != _matrix!.Property) ?? "";
    }

    private async Task Load(InputFileChangeEventArgs chosen)
    {
        if (chosen.File.Size > FileMax)
        {
            _problem = "This file is larger than 1 MB: it is no table of prices.";
            return;
        }

        using var reader = new StreamReader(chosen.File.OpenReadStream(FileMax));
        _text = await reader.ReadToEndAsync();
        Parse();
    }
}
