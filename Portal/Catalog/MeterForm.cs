using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Catalog;

/// <summary>A meter as it is being typed.</summary>
public sealed class MeterForm
{
    private IReadOnlyList<UnitCost> _unitCosts = [];
    private string? _firstValue;

    /// <summary>The operator's identifier.</summary>
    public string Key { get; set; } = "";

    /// <summary>The name on pages and invoices.</summary>
    public string Name { get; set; } = "";

    /// <summary>The type of the events that it reads.</summary>
    public string EventType { get; set; } = "";

    /// <summary>The weight of that type, where others are read with it.</summary>
    public string Weight { get; set; } = "1";

    /// <summary>Other types that are read with it; one is always left empty, to be filled.</summary>
    public List<TypeLine> FurtherTypes { get; } = [new()];

    /// <summary>Whether several types are read.</summary>
    public bool IsComposite => FurtherTypes.Exists(line => line.Type.Trim().Length > 0);

    /// <summary>How one quantity comes of many events.</summary>
    public Aggregation Aggregation { get; set; } = Aggregation.Sum;

    /// <summary>The property that carries the value.</summary>
    public string Value { get; set; } = "";

    /// <summary>The unit in the singular.</summary>
    public string Unit { get; set; } = "";

    /// <summary>The properties whose values tell groups apart; one is always left empty, to be filled.</summary>
    public List<FormLine> GroupBy { get; } = [new()];

    /// <summary>Which values of which properties count; one is always left empty, to be filled.</summary>
    public List<FormLine> Filter { get; } = [new()];

    /// <summary>A stored meter, ready to be changed.</summary>
    public static MeterForm Of(Meter meter)
    {
        ArgumentNullException.ThrowIfNull(meter);
        var form = new MeterForm
        {
            Key = meter.Key,
            Name = meter.Name,
            EventType = meter.EventType,
            Aggregation = meter.Aggregation,
            Value = meter.ValueProperty ?? "",
            Unit = meter.Unit,
            _unitCosts = meter.UnitCosts,
        };
        form.Weight = DecimalText.Format(meter.Types[0].Weight);
        form._firstValue = meter.Types[0].Value;
        form.FurtherTypes.InsertRange(0, meter.Types.Skip(1).Select(type => new TypeLine { Type = type.Type, Weight = DecimalText.Format(type.Weight), Value = type.Value }));
        form.GroupBy.InsertRange(0, meter.GroupBy.Select(property => new FormLine { Property = property }));
        form.Filter.InsertRange(0, meter.Filter.Select(rule => new FormLine { Property = rule.Key, Values = string.Join('\n', rule.Value) }));
        return form;
    }

    /// <summary>Takes a name; the key follows it as long as it was made of it.</summary>
    public void Rename(string name)
    {
        if (Key.Length == 0 || Key == RateCardSheet.KeyOf(Name))
        {
            Key = RateCardSheet.KeyOf(name);
        }

        Name = name;
    }

    /// <summary>What was typed, as the domain takes it; lines that were left empty are left out.</summary>
    public MeterDetails Read() => new(Name.Trim(), EventType.Trim(), Aggregation)
    {
        EventTypes = IsComposite || WeightOf(Weight) != 1 || _firstValue is not null
            ? [new WeightedType(EventType.Trim(), WeightOf(Weight), _firstValue), .. FurtherTypes.Where(line => !line.IsEmpty).Select(line => new WeightedType(line.Type.Trim(), WeightOf(line.Weight), line.Value))]
            : [],
        Value = Aggregation is Aggregation.Count || Value.Trim().Length == 0 ? null : Value.Trim(),
        Unit = Unit.Trim(),
        GroupBy = [.. GroupBy.Select(line => line.Property.Trim()).Where(property => property.Length > 0)],
        Filter = Filter.Where(line => line.Property.Trim().Length > 0)
            .GroupBy(line => line.Property.Trim(), StringComparer.Ordinal)
            .ToDictionary(rule => rule.Key, IReadOnlyList<string> (rule) => [.. rule.SelectMany(line => line.ValueLines)], StringComparer.Ordinal),
        UnitCosts = _unitCosts,
    };

    /// <summary>Leaves one empty line at the end of the types.</summary>
    public void KeepRoomForTypes()
    {
        FurtherTypes.RemoveAll(line => line.IsEmpty);
        FurtherTypes.Add(new TypeLine());
    }

    // What is no decimal is refused as a weight that is not above 0.
    private static decimal WeightOf(string text) =>
        text.Trim().Length == 0 ? 1 : DecimalText.TryParse(text.Trim(), out var weight) ? weight : 0;

    /// <summary>Leaves one empty line at the end, up to the most that there may be.</summary>
    public static void KeepRoom(List<FormLine> lines, int most)
    {
        ArgumentNullException.ThrowIfNull(lines);
        lines.RemoveAll(line => line.IsEmpty);
        if (lines.Count < most)
        {
            lines.Add(new FormLine());
        }
    }
}

/// <summary>A further type of events in a form.</summary>
public sealed class TypeLine
{
    /// <summary>Tells lines apart while they come and go.</summary>
    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>The type.</summary>
    public string Type { get; set; } = "";

    /// <summary>Its weight; empty for 1.</summary>
    public string Weight { get; set; } = "";

    /// <summary>The property that carries its value, where it was said in the API; null for the meter's own.</summary>
    public string? Value { get; init; }

    /// <summary>Whether no type was typed.</summary>
    public bool IsEmpty => Type.Trim().Length == 0;
}

/// <summary>A property of events in a form, with values where it has some.</summary>
public sealed class FormLine
{
    /// <summary>Tells lines apart while they come and go.</summary>
    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>The property's name.</summary>
    public string Property { get; set; } = "";

    /// <summary>The values, one a line.</summary>
    public string Values { get; set; } = "";

    /// <summary>Whether nothing was typed.</summary>
    public bool IsEmpty => Property.Trim().Length == 0 && Values.Trim().Length == 0;

    /// <summary>The values, each once.</summary>
    public IEnumerable<string> ValueLines => Values.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal);
}
