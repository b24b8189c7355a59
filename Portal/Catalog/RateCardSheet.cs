using System.Globalization;
using System.Text;
using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Catalog;

/// <summary>A rate card as it is being typed, and what the domain says to it after each keystroke.</summary>
public sealed class RateCardSheet
{
    private readonly Dictionary<string, string> _cells = new(StringComparer.Ordinal);

    /// <summary>The prices, in the order of the invoice.</summary>
    public List<PriceRow> Rows { get; } = [];

    /// <summary>What the card includes.</summary>
    public List<FeatureRow> Features { get; } = [];

    /// <summary>The length of a billing period.</summary>
    public BillingInterval Interval { get; set; } = BillingInterval.Month;

    /// <summary>Whether a customer may choose the card by itself.</summary>
    public bool SelfService { get; set; }

    /// <summary>Whether prices say what is paid, tax included.</summary>
    public bool TaxIncluded { get; set; }

    /// <summary>Whether access ends when credits are used up.</summary>
    public bool PrepaidOnly { get; set; }

    /// <summary>Whether the person has tried to save: until then an empty cell is not yet an error.</summary>
    public bool ShowsAll { get; set; }

    /// <summary>The text of a cell of the card itself, by its path: <c>name</c>, <c>currency</c>, <c>trialDays</c>, <c>billing.threshold</c>, <c>billing.collection</c>, <c>billing.netDays</c>.</summary>
    public string this[string path]
    {
        get => _cells.GetValueOrDefault(path, "");
        set => _cells[path] = value;
    }

    /// <summary>A stored state, ready to be changed.</summary>
    public static RateCardSheet Of(RateCardContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        var sheet = new RateCardSheet
        {
            Interval = content.Interval,
            SelfService = content.SelfService,
            TaxIncluded = content.Billing.TaxIncluded,
            PrepaidOnly = content.Billing.PrepaidOnly,
            ["name"] = content.Name,
            ["currency"] = content.Currency,
            ["trialDays"] = content.TrialDays.ToString(CultureInfo.InvariantCulture),
            ["billing.threshold"] = content.Billing.Threshold is { } threshold ? DecimalText.FormatAsEntered(threshold) : "",
            ["billing.collection"] = content.Billing.Collection,
            ["billing.netDays"] = content.Billing.NetDays.ToString(CultureInfo.InvariantCulture),
        };
        sheet.Rows.AddRange(content.Prices.Select(price => PriceRow.Of(price)));
        sheet.Features.AddRange(content.Features.Select(FeatureRow.Of));
        return sheet;
    }

    /// <summary>Reads all cells by the rules of the API: what they say, and what is wrong with which.</summary>
    /// <param name="meters">The meters by key.</param>
    public SheetReading Read(Func<string, Meter?> meters)
    {
        var errors = new FieldErrors();
        var prices = new List<Price>(Rows.Count);
        for (var i = 0; i < Rows.Count; i++)
        {
            prices.Add(Rows[i].Read(PathOf(i), errors));
        }

        var features = Features.ConvertAll(row => row.Read(string.Create(CultureInfo.InvariantCulture, $"features[{Features.IndexOf(row)}]"), errors));
        var threshold = Decimal("billing.threshold", errors);
        var content = new RateCardContent(
            this["name"].Trim(), this["currency"], Interval, prices, features, Whole("trialDays", errors),
            new BillingTerms(threshold, this["billing.collection"], Whole("billing.netDays", errors)) { PrepaidOnly = PrepaidOnly, TaxIncluded = TaxIncluded }) { SelfService = SelfService };
        content.Check(meters, errors);
        var saves = !errors.Any;
        PriceCheck.Ties(content.PricesWithPaths(), errors);
        return new SheetReading(content, CellErrors.Of(errors), saves);
    }

    /// <summary>What is wrong with a cell of a row, as it is shown: a cell where nothing was typed yet is not wrong before somebody tries to save.</summary>
    public string? ErrorAt(CellErrors errors, PriceRow row, string path, string cell)
    {
        ArgumentNullException.ThrowIfNull(errors);
        ArgumentNullException.ThrowIfNull(row);
        return errors.At($"{path}.{cell}") is { } error && (ShowsAll || !row.IsEmptyAt(cell)) ? error : null;
    }

    /// <summary>The path of a row's price in the card.</summary>
    public static string PathOf(int row) => string.Create(CultureInfo.InvariantCulture, $"prices[{row}]");

    /// <summary>Adds an empty price at the end.</summary>
    public PriceRow Add()
    {
        var row = new PriceRow();
        Rows.Add(row);
        return row;
    }

    /// <summary>The same card with other prices; what else it says is shared with this one.</summary>
    public RateCardSheet With(IEnumerable<PriceRow> rows)
    {
        var sheet = new RateCardSheet { Interval = Interval, SelfService = SelfService, PrepaidOnly = PrepaidOnly, TaxIncluded = TaxIncluded, ShowsAll = ShowsAll };
        foreach (var (cell, text) in _cells)
        {
            sheet[cell] = text;
        }

        sheet.Rows.AddRange(rows);
        sheet.Features.AddRange(Features);
        return sheet;
    }

    /// <summary>Puts a copy of a price behind it, under a name and a key of its own.</summary>
    public PriceRow Duplicate(PriceRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        var copy = row.Copy();
        Rows.Insert(Rows.IndexOf(row) + 1, copy);
        copy["name"] = $"{row["name"]} copy";
        copy["key"] = FreeKey(copy, copy["name"]);
        return copy;
    }

    /// <summary>Takes a name; as long as the key followed the name it goes on doing so.</summary>
    public void Rename(PriceRow row, string name)
    {
        ArgumentNullException.ThrowIfNull(row);
        var follows = !row.KeepsKey && (row["key"].Length == 0 || row["key"] == FreeKey(row, row["name"]));
        row["name"] = name;
        if (follows)
        {
            row["key"] = FreeKey(row, name);
        }
    }

    /// <summary>A key made of a name: lower case, what no key may hold becomes a dash, and a number where another price has it.</summary>
    private string FreeKey(PriceRow row, string name)
    {
        var key = KeyOf(name);
        var free = key;
        for (var n = 2; key.Length > 0 && Rows.Exists(other => other != row && other["key"] == free); n++)
        {
            free = string.Create(CultureInfo.InvariantCulture, $"{key}-{n}");
        }

        return free;
    }

    /// <summary>An identifier made of a name: "GPT-4o input" gives <c>gpt-4o-input</c>; empty where nothing is left.</summary>
    public static string KeyOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var key = new StringBuilder(name.Length);
        foreach (var letter in name.Normalize(NormalizationForm.FormD).Where(letter => CharUnicodeInfo.GetUnicodeCategory(letter) != UnicodeCategory.NonSpacingMark))
        {
            var kept = char.ToLowerInvariant(letter) is var lower && char.IsAsciiLetterOrDigit(lower) || lower is '.' or '_' ? lower : '-';
            if (kept != '-' || (key.Length > 0 && key[^1] != '-'))
            {
                key.Append(kept);
            }
        }

        return key.ToString(0, Math.Min(key.Length, 60)).Trim('-', '.');
    }

    private decimal? Decimal(string path, FieldErrors errors) => FeatureRow.Decimal(this[path], path, errors);

    private int Whole(string path, FieldErrors errors)
    {
        if (int.TryParse(this[path].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var whole))
        {
            return whole;
        }

        errors.Add(path, "Give a whole number, 0 or more.");
        return 0;
    }
}

/// <summary>A feature as it is being typed.</summary>
public sealed class FeatureRow
{
    /// <summary>Tells rows apart while they are removed; it is not stored.</summary>
    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>Identifies the feature in access checks.</summary>
    public string Key { get; set; } = "";

    /// <summary>The most units in a period; empty for no limit.</summary>
    public string Limit { get; set; } = "";

    /// <summary>The meter that counts against the limit; empty for none.</summary>
    public string Meter { get; set; } = "";

    internal static FeatureRow Of(Feature feature) => new()
    {
        Key = feature.Key,
        Limit = feature.Limit is { } limit ? DecimalText.FormatAsEntered(limit) : "",
        Meter = feature.Meter ?? "",
    };

    internal Feature Read(string path, FieldErrors errors) =>
        new(Key.Trim(), Decimal(Limit, FieldErrors.Path(path, "limit"), errors), Meter.Length == 0 ? null : Meter);

    internal static decimal? Decimal(string text, string path, FieldErrors errors)
    {
        if (text.Trim() is not { Length: > 0 } typed)
        {
            return null;
        }

        if (DecimalText.TryParse(typed, out var value) && value >= 0)
        {
            return value;
        }

        errors.Add(path, $"This is no decimal of 0 or more. {DecimalText.Rule}");
        return null;
    }
}
