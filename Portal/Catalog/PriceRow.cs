using System.Globalization;
using System.Text.Json;
using Portal.Domain.Catalog;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Catalog;

/// <summary>A price as it is being typed: every cell holds its text, whether it makes sense or not.</summary>
/// <remarks>The cells are named by the paths of the API's price, such as <c>rate.amount</c>, so what its reader finds wrong has its place here.</remarks>
public sealed class PriceRow
{
    private const string TiersPath = "rate.tiers[";

    private readonly Dictionary<string, string> _cells = new(StringComparer.Ordinal);

    /// <summary>Tells rows apart while they are moved and removed; it is not stored.</summary>
    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>The pricing model's name in the API.</summary>
    public string Model { get; set; } = "per_unit";

    /// <summary>What is priced: a meter's key, <see cref="Price.Advance"/> or <see cref="Price.Arrears"/> behind <see cref="FeePrefix"/>, or empty.</summary>
    public string Source { get; set; } = "";

    /// <summary>Whether its key stays whatever it is named: it stands for the price of that key.</summary>
    public bool KeepsKey { get; init; }

    /// <summary>The tiers, for models that have them.</summary>
    public List<TierRow> Tiers { get; } = [new(), new()];

    /// <summary>What marks a <see cref="Source"/> as a recurring fee.</summary>
    public const string FeePrefix = ":";

    /// <summary>The text of a cell, by its path in the price; empty where nothing was typed.</summary>
    public string this[string path]
    {
        get => _cells.GetValueOrDefault(path, "");
        set => _cells[path] = value;
    }

    /// <summary>Whether the model prices by tiers.</summary>
    public bool HasTiers => Model is "graduated" or "volume" or "stairstep" or "graduated_percentage";

    /// <summary>Whether it is a fee that recurs, without usage.</summary>
    public bool IsFee => Source.StartsWith(FeePrefix, StringComparison.Ordinal);

    /// <summary>The meter's key; null for a fee, and while none is chosen.</summary>
    public string? Meter => IsFee || Source.Length == 0 ? null : Source;

    /// <summary>The properties that something is matched with.</summary>
    public IEnumerable<string> MatchedProperties => _cells
        .Where(cell => Meter is not null && cell.Key.StartsWith("match.", StringComparison.Ordinal) && cell.Value.Trim().Length > 0)
        .Select(cell => cell.Key["match.".Length..]);

    /// <summary>Whether its name, its key, what it prices or what it matches holds a text.</summary>
    public bool Says(string text) => new[] { this["name"], this["key"], Source }.Concat(MatchedProperties.Select(property => this[$"match.{property}"]))
        .Any(cell => cell.Contains(text, StringComparison.CurrentCultureIgnoreCase));

    /// <summary>The same price once more, under a key and a name of its own that are still to be given.</summary>
    public PriceRow Copy()
    {
        var copy = new PriceRow { Model = Model, Source = Source };
        foreach (var (cell, text) in _cells)
        {
            copy[cell] = text;
        }

        copy.Tiers.Clear();
        copy.Tiers.AddRange(Tiers.Select(tier => tier.Copy()));
        return copy;
    }

    /// <summary>A stored price, ready to be changed.</summary>
    /// <param name="price">The price.</param>
    /// <param name="keepsKey">Whether its key stays.</param>
    public static PriceRow Of(Price price, bool keepsKey = false)
    {
        ArgumentNullException.ThrowIfNull(price);
        var row = new PriceRow
        {
            KeepsKey = keepsKey,
            Source = price.Recurring is { } recurring ? FeePrefix + recurring : price.Meter ?? "",
            Model = price.Terms.Rate.Model,
            ["key"] = price.Key,
            ["name"] = price.Name,
            ["interval"] = price.Interval is { } own ? own.ToString().ToLowerInvariant() : "",
        };
        foreach (var (property, value) in price.Match)
        {
            row[$"match.{property}"] = value;
        }

        using var terms = JsonDocument.Parse(JsonSerializer.Serialize(price.Terms));
        foreach (var field in terms.RootElement.EnumerateObject().Where(field => field.Name != "rate"))
        {
            row[field.Name] = TextOf(field.Value);
        }

        foreach (var field in terms.RootElement.GetProperty("rate").EnumerateObject().Where(field => field.Name is not ("model" or "tiers")))
        {
            row[$"rate.{field.Name}"] = TextOf(field.Value);
        }

        if (terms.RootElement.GetProperty("rate").TryGetProperty("tiers", out var tiers))
        {
            row.Tiers.Clear();
            row.Tiers.AddRange(tiers.EnumerateArray().Select(TierRow.Of));
        }

        return row;
    }

    /// <summary>Reads the row as the API reads a price, and notes every error under <paramref name="path"/>.</summary>
    /// <returns>The price; with a rate of nothing where its terms make no sense.</returns>
    public Price Read(string path, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        using var terms = JsonDocument.Parse(TermsAsJson());
        var match = MatchedProperties.ToDictionary(property => property, property => this[$"match.{property}"].Trim(), StringComparer.Ordinal);
        return new Price(
            this["key"].Trim(),
            this["name"].Trim(),
            Meter,
            match,
            IsFee ? Source[FeePrefix.Length..] : null,
            IsFee ? Interval(path, errors) : null,
            PriceTermsJson.Read(terms.RootElement, path, errors) ?? new PriceTerms(new FlatRate(0)));
    }

    /// <summary>Whether nothing stands in a cell; what is chosen from a list always says something, but for a source that was not chosen yet.</summary>
    public bool IsEmptyAt(string cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        if (cell.StartsWith(TiersPath, StringComparison.Ordinal))
        {
            var end = cell.IndexOf(']', StringComparison.Ordinal);
            var tier = int.Parse(cell.AsSpan(TiersPath.Length, end - TiersPath.Length), CultureInfo.InvariantCulture);
            return tier >= Tiers.Count || Tiers[tier][cell[(end + 2)..]].Trim().Length == 0;
        }

        return cell switch
        {
            "meter" => Source.Length == 0,
            "rate.model" or "match" => false,
            _ => this[cell].Trim().Length == 0,
        };
    }

    /// <summary>Leaves out of the match what the chosen meter does not group by.</summary>
    public void KeepMatch(IReadOnlyCollection<string> groupBy)
    {
        foreach (var cell in _cells.Keys.Where(cell => cell.StartsWith("match.", StringComparison.Ordinal) && !groupBy.Contains(cell["match.".Length..])).ToList())
        {
            _cells.Remove(cell);
        }
    }

    /// <summary>The cells that the model has beside those of every price, by their path.</summary>
    public static IReadOnlyList<string> CellsOf(string model) => model switch
    {
        "flat" => ["rate.amount"],
        "per_unit" => ["rate.amount", "rate.per"],
        "package" => ["rate.amount", "rate.size"],
        "percentage" => ["rate.percent", "rate.fixed", "rate.freeEvents", "rate.freeAmount", "rate.minPerEvent", "rate.maxPerEvent"],
        _ => [],
    };

    private BillingInterval? Interval(string path, FieldErrors errors)
    {
        if (this["interval"].Trim() is not { Length: > 0 } text)
        {
            return null;
        }

        var known = Enum.GetValues<BillingInterval>().Where(one => one.ToString().Equals(text, StringComparison.OrdinalIgnoreCase)).Select(one => (BillingInterval?)one).FirstOrDefault();
        if (known is null)
        {
            errors.Add($"{path}.interval", $"'{text}' is no interval: use week, month, quarter or year, or leave it out for the card's.");
        }

        return known;
    }

    private byte[] TermsAsJson()
    {
        using var text = new MemoryStream();
        using (var writer = new Utf8JsonWriter(text))
        {
            writer.WriteStartObject();
            Write(writer, "included", this["included"]);
            Write(writer, "minimum", this["minimum"]);
            Write(writer, "maximum", this["maximum"]);
            writer.WriteStartObject("rate");
            writer.WriteString("model", Model);
            foreach (var cell in CellsOf(Model))
            {
                Write(writer, cell["rate.".Length..], this[cell]);
            }

            if (HasTiers)
            {
                writer.WriteStartArray("tiers");
                for (var i = 0; i < Tiers.Count; i++)
                {
                    Tiers[i].Write(writer, Model, isLast: i == Tiers.Count - 1);
                }

                writer.WriteEndArray();
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return text.ToArray();
    }

    /// <summary>An empty cell says nothing, and is left out.</summary>
    internal static void Write(Utf8JsonWriter writer, string field, string text)
    {
        if (text.Trim() is { Length: > 0 } value)
        {
            writer.WriteString(field, value);
        }
    }

    internal static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.Null ? "" : value.ToString();
}

/// <summary>A tier as it is being typed.</summary>
public sealed class TierRow
{
    private readonly Dictionary<string, string> _cells = new(StringComparer.Ordinal);

    /// <summary>Tells tiers apart while they are removed; it is not stored.</summary>
    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>The text of a cell, by its name in the API: <c>upTo</c>, <c>amount</c>, <c>per</c>, <c>percent</c>, <c>flat</c>.</summary>
    public string this[string field]
    {
        get => _cells.GetValueOrDefault(field, "");
        set => _cells[field] = value;
    }

    /// <summary>The fields of a tier of this model, after <c>upTo</c>.</summary>
    public static IReadOnlyList<string> FieldsOf(string model) => model switch
    {
        "stairstep" => ["flat"],
        "graduated_percentage" => ["percent", "flat"],
        _ => ["amount", "per", "flat"],
    };

    internal TierRow Copy()
    {
        var copy = new TierRow();
        foreach (var (field, text) in _cells)
        {
            copy[field] = text;
        }

        return copy;
    }

    internal static TierRow Of(JsonElement tier)
    {
        var row = new TierRow();
        foreach (var field in tier.EnumerateObject())
        {
            row[field.Name] = PriceRow.TextOf(field.Value);
        }

        return row;
    }

    internal void Write(Utf8JsonWriter writer, string model, bool isLast)
    {
        writer.WriteStartObject();

        // The last tier is open, whatever was typed before the one behind it was taken away.
        PriceRow.Write(writer, "upTo", isLast ? "" : this["upTo"]);
        foreach (var field in FieldsOf(model))
        {
            PriceRow.Write(writer, field, this[field]);
        }

        writer.WriteEndObject();
    }
}
