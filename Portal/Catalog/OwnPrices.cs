using System.Globalization;
using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Catalog;

/// <summary>Prices of one customer's own as they are being typed: each replaces the card's price of its key, or is added to the card.</summary>
/// <param name="stored">Those that hold.</param>
public sealed class OwnPrices(IReadOnlyList<Price> stored)
{
    private readonly List<PriceRow> _rows = [.. stored.Select(price => PriceRow.Of(price, keepsKey: true))];
    private RateCardContent? _card;
    private Func<string, Meter?> _meters = _ => null;

    /// <summary>The prices as the customer would have them: those of the card that stay, and behind them its own.</summary>
    public RateCardSheet Sheet { get; private set; } = new();

    /// <summary>What the sheet says now; null before there is a card.</summary>
    public SheetReading? Reading { get; private set; }

    /// <summary>The own prices.</summary>
    public IReadOnlyList<PriceRow> Rows => _rows;

    /// <summary>The card's prices in its order, each with what replaces it, and then what was added to the card.</summary>
    public IEnumerable<(Price? OnCard, PriceRow? Own)> Lines => _card!.Prices
        .Select(price => ((Price?)price, _rows.Find(row => row["key"] == price.Key)))
        .Concat(_rows.Where(row => OnCard(row) is null).Select(row => ((Price?)null, (PriceRow?)row)));

    /// <summary>Lays the own prices over a card, or over another version of it.</summary>
    /// <param name="card">The prices that hold where there is no own one.</param>
    /// <param name="meters">The meters by key.</param>
    public void LayOver(RateCardContent card, Func<string, Meter?> meters)
    {
        if (!ReferenceEquals(card, _card))
        {
            (_card, _meters) = (card, meters);
            Arrange();
        }
    }

    /// <summary>Gives the customer a price of its own, which begins as the card's.</summary>
    public void Give(Price price)
    {
        _rows.Add(PriceRow.Of(price, keepsKey: true));
        Arrange();
    }

    /// <summary>Goes back to the card's price, or leaves out what the card does not have.</summary>
    public void Remove(PriceRow row)
    {
        _rows.Remove(row);
        Arrange();
    }

    /// <summary>Reads the cells again after one was typed into.</summary>
    public void Read() => Reading = Sheet.Read(_meters);

    /// <summary>The path of an own price on the sheet.</summary>
    public string PathOf(PriceRow row) => RateCardSheet.PathOf(Sheet.Rows.IndexOf(row));

    /// <summary>Whether an own price says something else than the card.</summary>
    public bool Differs(PriceRow row) => !(OnCard(row) is { } price && RateCardChanges.IsSame(price, Said(row)));

    /// <summary>The own prices as the domain takes them. What was not touched is what it was.</summary>
    /// <param name="errors">Takes what is wrong, by the paths of the API.</param>
    public IReadOnlyList<Price> Prices(FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        Sheet.ShowsAll = true;
        foreach (var (index, row) in _rows.Index())
        {
            var path = PathOf(row);
            foreach (var (cell, message) in Reading!.Errors.Under(path))
            {
                errors.Add(string.Create(CultureInfo.InvariantCulture, $"overrides[{index}]{cell[path.Length..]}"), message);
            }
        }

        return _rows.ConvertAll(row => stored.FirstOrDefault(price => price.Key == row["key"] && RateCardChanges.IsSame(price, Said(row))) ?? Said(row));
    }

    private Price Said(PriceRow row) => Reading!.Content.Prices[Sheet.Rows.IndexOf(row)];

    private Price? OnCard(PriceRow row) => _card!.Prices.FirstOrDefault(price => price.Key == row["key"]);

    // The own ones stand last, so that of two prices that take the same usage the one at fault is never the card's.
    private void Arrange()
    {
        var card = RateCardSheet.Of(_card!);
        var shown = Sheet.ShowsAll;
        Sheet = card.With([.. card.Rows.Where(price => !_rows.Exists(row => row["key"] == price["key"])), .. _rows]);
        Sheet.ShowsAll = shown;
        Read();
    }
}
