using System.Text.Json;
using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Catalog;

/// <summary>What a meter does, in words.</summary>
public static class MeterWords
{
    /// <summary>What it makes of which events: "the sum of input_tokens of llm.completion events".</summary>
    public static string Of(Meter meter)
    {
        ArgumentNullException.ThrowIfNull(meter);
        return meter.Aggregation is Aggregation.Count
            ? $"the number of {Types(meter)} events"
            : $"{Article(meter.Aggregation)} {meter.ValueProperty ?? "weights"} of {Types(meter)} events";
    }

    private static string Types(Meter meter) => meter.EventTypes.Count == 0
        ? meter.EventType
        : string.Join(", ", meter.Types.Select(type => type.Weight == 1 ? type.Type : $"{type.Type} (× {DecimalText.Format(type.Weight)})"));

    /// <summary>The aggregation's name in the API.</summary>
    public static string Name(Aggregation aggregation) => JsonNamingPolicy.SnakeCaseLower.ConvertName(aggregation.ToString());

    /// <summary>What an aggregation does, as a choice.</summary>
    public static string Choice(Aggregation aggregation) => aggregation switch
    {
        Aggregation.Count => "count – the number of events",
        Aggregation.Sum => "sum – adds the values up",
        Aggregation.Max => "max – the largest value of the period",
        Aggregation.Min => "min – the smallest value of the period",
        Aggregation.Avg => "avg – the mean of the values",
        Aggregation.Latest => "latest – the value of the last event",
        Aggregation.Unique => "unique – the number of distinct values",
        Aggregation.WeightedSum => "weighted sum – a level, by how long it lasted",
    };

    private static string Article(Aggregation aggregation) => aggregation switch
    {
        Aggregation.Count => "the number of",
        Aggregation.Sum => "the sum of",
        Aggregation.Max => "the largest",
        Aggregation.Min => "the smallest",
        Aggregation.Avg => "the mean",
        Aggregation.Latest => "the latest",
        Aggregation.Unique => "the distinct values of",
        Aggregation.WeightedSum => "the level, by time, of",
    };
}
