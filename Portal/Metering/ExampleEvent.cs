using System.Text.Json;
using Portal.Domain.Catalog;

namespace Portal.Metering;

/// <summary>An event that a meter would count, to be sent as it stands.</summary>
public static class ExampleEvent
{
    /// <summary>The event as the body of a request.</summary>
    /// <param name="customer">The customer's key.</param>
    /// <param name="meter">The meter that shall count it.</param>
    /// <param name="match">The groups of the meter that shall take it.</param>
    public static string Of(string customer, Meter meter, IReadOnlyDictionary<string, string> match)
    {
        ArgumentNullException.ThrowIfNull(meter);
        var properties = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var name in meter.GroupBy)
        {
            properties[name] = match.GetValueOrDefault(name, "example");
        }

        // An event with another value than the filter's would not be this meter's.
        foreach (var (name, values) in meter.Filter)
        {
            properties[name] = values[0];
        }

        if (meter.ValueProperty is { } value)
        {
            properties[value] = meter.Aggregation is Aggregation.Unique ? "example" : 1;
        }

        return JsonSerializer.Serialize(new { id = "my-first-event", customer, type = meter.EventType, properties });
    }
}
