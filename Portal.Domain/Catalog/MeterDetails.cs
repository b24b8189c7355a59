using System.Globalization;
using Portal.Domain.Values;

namespace Portal.Domain.Catalog;

/// <summary>What the operator says about a meter; it replaces what was said before.</summary>
/// <param name="Name">The name on pages and invoices.</param>
/// <param name="EventType">The <c>type</c> of the events that it reads.</param>
/// <param name="Aggregation">How one quantity comes of many events.</param>
public sealed record MeterDetails(string Name, string EventType, Aggregation Aggregation)
{
    private const int PropertyNameMax = 64;
    private const int ValueMax = 1_000;
    private const int FilterMax = 20;
    private const int EventTypeMax = 255;
    private const int EventTypesMax = 20;
    private const decimal WeightMax = 1_000_000_000;

    /// <summary>The types that it reads together, <see cref="EventType"/> the first of them; empty where it reads that one alone.</summary>
    public IReadOnlyList<WeightedType> EventTypes { get; init; } = [];

    /// <summary>The property that carries the value; null where events are counted.</summary>
    public string? Value { get; init; }

    /// <summary>The properties whose values tell groups apart, in order.</summary>
    public IReadOnlyList<string> GroupBy { get; init; } = [];

    /// <summary>Property → the values that count; empty for all events of the type.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Filter { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>The unit in the singular, as on pages.</summary>
    public string Unit { get; init; } = "unit";

    /// <summary>What a unit costs the operator, by group.</summary>
    public IReadOnlyList<UnitCost> UnitCosts { get; init; } = [];

    /// <summary>Throws with every field that makes no sense.</summary>
    /// <exception cref="InvalidInputException">Names each field with its remedy.</exception>
    public void MustMakeSense()
    {
        var errors = new FieldErrors();
        PlainText.Check(Name, "name", PlainText.NameMax, errors);
        PlainText.Check(EventType, "eventType", EventTypeMax, errors);
        PlainText.Check(Unit, "unit", PropertyNameMax, errors);
        CheckEventTypes(errors);
        CheckAggregation(errors);
        CheckGroupBy(errors);
        CheckFilter(errors);
        CheckUnitCosts(errors);
        errors.ThrowIfAny();
    }

    private void CheckEventTypes(FieldErrors errors)
    {
        if (EventTypes.Count > EventTypesMax)
        {
            errors.Add("eventTypes", $"A meter reads at most {EventTypesMax} types of events.");
        }

        if (EventTypes.Count > 0 && EventType != EventTypes[0].Type)
        {
            errors.Add("eventType", "Leave 'eventType' out, or name the first of 'eventTypes'.");
        }

        for (var i = 0; i < EventTypes.Count; i++)
        {
            var (type, path) = (EventTypes[i], string.Create(CultureInfo.InvariantCulture, $"eventTypes[{i}]"));
            PlainText.Check(type.Type, FieldErrors.Path(path, "type"), EventTypeMax, errors);
            if (EventTypes.Take(i).Any(other => other.Type == type.Type))
            {
                errors.Add(FieldErrors.Path(path, "type"), $"'{type.Type}' stands twice: keep one.");
            }

            if (type.Weight is <= 0 or > WeightMax)
            {
                errors.Add(FieldErrors.Path(path, "weight"), "A weight is above 0 and at most 1,000,000,000.");
            }
            else if (Aggregation == Aggregation.Unique && type.Weight != 1)
            {
                errors.Add(FieldErrors.Path(path, "weight"), "A distinct value counts once, whatever event it came in: leave the weight out.");
            }

            if (type.Value is not null && Aggregation == Aggregation.Count)
            {
                errors.Add(FieldErrors.Path(path, "value"), "A meter that counts events reads no value: remove it, or choose another aggregation.");
            }
            else if (type.Value is not null)
            {
                PlainText.Check(type.Value, FieldErrors.Path(path, "value"), PropertyNameMax, errors);
            }
        }
    }

    private void CheckAggregation(FieldErrors errors)
    {
        if (Aggregation == Aggregation.Count)
        {
            if (Value is not null)
            {
                errors.Add("value", "A meter that counts events reads no value: remove it, or choose another aggregation.");
            }
        }
        else if (Value is not null || EventTypes.Count == 0 || (Aggregation != Aggregation.Sum && EventTypes.Any(type => type.Value is null)))
        {
            PlainText.Check(Value, "value", PropertyNameMax, errors);
        }
    }

    private void CheckGroupBy(FieldErrors errors)
    {
        if (GroupBy.Count > Meter.GroupByMax)
        {
            errors.Add("groupBy", $"A meter groups by at most {Meter.GroupByMax} properties.");
        }

        for (var i = 0; i < GroupBy.Count; i++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"groupBy[{i}]");
            PlainText.Check(GroupBy[i], path, PropertyNameMax, errors);
            if (GroupBy.Take(i).Contains(GroupBy[i], StringComparer.Ordinal))
            {
                errors.Add(path, $"'{GroupBy[i]}' stands twice: keep one.");
            }
        }
    }

    private void CheckFilter(FieldErrors errors)
    {
        if (Filter.Count > FilterMax)
        {
            errors.Add("filter", $"A filter has at most {FilterMax} properties.");
        }

        foreach (var (property, values) in Filter)
        {
            var path = FieldErrors.Path("filter", property);
            PlainText.Check(property, path, PropertyNameMax, errors);
            if (values.Count == 0)
            {
                errors.Add(path, "No value would count: name the values that do, or remove the property.");
            }

            if (values.Any(value => value.Length > ValueMax))
            {
                errors.Add(path, $"A value is too long: at most {ValueMax} characters.");
            }
        }
    }

    private void CheckUnitCosts(FieldErrors errors)
    {
        for (var i = 0; i < UnitCosts.Count; i++)
        {
            foreach (var key in UnitCosts[i].Match.Keys.Where(key => !GroupBy.Contains(key, StringComparer.Ordinal)))
            {
                errors.Add(string.Create(CultureInfo.InvariantCulture, $"unitCost[{i}].match.{key}"), $"The meter does not group by '{key}': add it to groupBy, or remove it here.");
            }
        }
    }
}
