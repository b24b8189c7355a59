using Microsoft.AspNetCore.Components;
using Portal.Domain.Catalog;
using Portal.Shared;

namespace Portal.Catalog;

/// <summary>The logic of a row of the sheet.</summary>
public partial class PriceLine
{
    private bool _isOpen;

    /// <summary>The sheet that the row belongs to.</summary>
    [Parameter, EditorRequired]
    public RateCardSheet Sheet { get; set; } = null!;

    /// <summary>The row.</summary>
    [Parameter, EditorRequired]
    public PriceRow Row { get; set; } = null!;

    /// <summary>The row's path in the card: <c>prices[2]</c>.</summary>
    [Parameter, EditorRequired]
    public string Path { get; set; } = "";

    /// <summary>What the sheet says now.</summary>
    [Parameter, EditorRequired]
    public SheetReading Reading { get; set; } = null!;

    /// <summary>The meters, by key.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<Meter> Meters { get; set; } = [];

    /// <summary>Whether it differs from what is in force.</summary>
    [Parameter]
    public bool Changed { get; set; }

    /// <summary>A published version, which never changes.</summary>
    [Parameter]
    public bool ReadOnly { get; set; }

    /// <summary>Raised with each keystroke.</summary>
    [Parameter]
    public EventCallback OnChange { get; set; }

    /// <summary>Takes the price off the card.</summary>
    [Parameter]
    public EventCallback OnRemove { get; set; }

    /// <summary>Moves the price up (−1) or down (1).</summary>
    [Parameter]
    public EventCallback<int> OnMove { get; set; }

    /// <summary>Puts a copy of the price behind it.</summary>
    [Parameter]
    public EventCallback OnDuplicate { get; set; }

    private Price? Price => Reading.Content.Prices.ElementAtOrDefault(Sheet.Rows.IndexOf(Row));

    private decimal? Cost => Meter is { } meter && Price is { } price ? PriceMargin.CostOf(meter, price.Match) : null;

    private string Margin => Cost is { } cost && !Reading.Errors.AnyUnder(Path) && PriceMargin.Of(Price!.Terms.Rate, cost) is var (least, most)
        ? least == most ? Wording.Share(least) : $"{Wording.Share(least)} – {Wording.Share(most)}"
        : "–";

    private string MarginWords => Cost is null
        ? "The meter does not say what this usage costs you."
        : "What the price of a unit leaves over its cost, without flats and included units.";

    private Meter? Meter => Meters.FirstOrDefault(meter => meter.Key == Row.Meter);

    private string AmountCell => Row.Model == "percentage" ? "rate.percent" : "rate.amount";

    private string? PerCell => Row.Model switch
    {
        "per_unit" => "rate.per",
        "package" => "rate.size",
        _ => null,
    };

    private string Unit => Meter is { } meter ? UnitName.Of(2, meter.Unit) : "";

    // What is wrong in there must be seen before it can be mended.
    private bool IsOpen => _isOpen || (Sheet.ShowsAll && (TierError is not null || Error("key") is not null || Error("minimum") is not null || Error("maximum") is not null));

    private string? TierError => Row.Tiers.Index()
        .SelectMany(tier => TierRow.FieldsOf(Row.Model).Prepend("upTo").Select(name => Error($"rate.tiers[{tier.Index}].{name}") is { } error ? $"Tier {tier.Index + 1}: {error}" : null))
        .FirstOrDefault(error => error is not null);

    private string At(string cell) => $"{Path}.{cell}";

    private string Of(string what) => Row["name"].Length == 0 ? what : $"{what}, {Row["name"]}";

    private string? Error(string cell) => Sheet.ErrorAt(Reading.Errors, Row, Path, cell);

    private void Toggle() => _isOpen = !IsOpen;

    private Task Rename(string name)
    {
        Sheet.Rename(Row, name);
        return OnChange.InvokeAsync();
    }

    private Task Type(string cell, string text)
    {
        Row[cell] = text;
        return OnChange.InvokeAsync();
    }

    private Task ChooseSource(ChangeEventArgs chosen)
    {
        Row.Source = (string?)chosen.Value ?? "";
        Row.KeepMatch(Meter?.GroupBy ?? []);
        if (Row.IsFee)
        {
            Row.Model = "flat";
            Row["included"] = "";
        }

        return OnChange.InvokeAsync();
    }

    private Task ChooseModel(ChangeEventArgs chosen)
    {
        Row.Model = (string?)chosen.Value ?? "";
        _isOpen |= Row.HasTiers;
        return OnChange.InvokeAsync();
    }
}
