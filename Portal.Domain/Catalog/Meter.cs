using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Storage;

namespace Portal.Domain.Catalog;

/// <summary>How a meter makes one quantity of many events (API.md, Catalog).</summary>
public enum Aggregation
{
    /// <summary>The number of events.</summary>
    Count,

    /// <summary>The sum of the value.</summary>
    Sum,

    /// <summary>The largest value.</summary>
    Max,

    /// <summary>The smallest value.</summary>
    Min,

    /// <summary>The mean value.</summary>
    Avg,

    /// <summary>The value of the latest event.</summary>
    Latest,

    /// <summary>The number of distinct values.</summary>
    Unique,

    /// <summary>Level × share of the period; events carry changes of the level.</summary>
    WeightedSum,
}

/// <summary>What is counted: which events, which of their values, told apart by which properties.</summary>
public sealed class Meter
{
    /// <summary>The most properties that a meter may group by.</summary>
    public const int GroupByMax = 5;

    /// <summary>The database's own number.</summary>
    [JsonInclude]
    public int Id { get; private set; }

    /// <summary>The operator's identifier: a-z, 0-9, '.', '_', '-', up to 64.</summary>
    public required string Key { get; init; }

    /// <summary>The name on pages and invoices.</summary>
    public required string Name { get; set; }

    /// <summary>The <c>type</c> of the events that it reads; of several types the first.</summary>
    public required string EventType { get; set; }

    /// <summary>The types that it reads together, each with its weight; empty for <see cref="EventType"/> alone.</summary>
    public List<WeightedType> EventTypes { get; set; } = [];

    /// <summary>How one quantity comes of many events.</summary>
    public required Aggregation Aggregation { get; set; }

    /// <summary>The property that carries the value; null for <see cref="Catalog.Aggregation.Count"/>.</summary>
    public string? ValueProperty { get; set; }

    /// <summary>The properties whose values tell groups apart, in order; empty for one group.</summary>
    public required string[] GroupBy { get; set; }

    /// <summary>Property → the values that count; an event with another value, or none, is not this meter's.</summary>
    public required Dictionary<string, string[]> Filter { get; set; }

    /// <summary>The unit in the singular, as on pages: "token".</summary>
    public required string Unit { get; set; }

    /// <summary>What a unit costs the operator, by group; for margins only, never billed.</summary>
    public List<UnitCost> UnitCosts { get; set; } = [];

    /// <summary>When it was created, in business time.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Every type that it reads, also where it is one.</summary>
    public IReadOnlyList<WeightedType> Types => EventTypes.Count > 0 ? EventTypes : [new WeightedType(EventType)];

    /// <summary>Events received before this instant count only once they were back-filled; null where all stored events count from the start.</summary>
    public DateTimeOffset? CountsFrom { get; set; }

    /// <summary>When somebody asked that earlier events count too, in business time; null where nobody did.</summary>
    public DateTimeOffset? BackfilledAt { get; set; }

    /// <summary>Whether an event that was received at this instant counts, all else being right: asked by whoever reads events, so that no two answers differ.</summary>
    public bool CountsWhatCame(DateTimeOffset receivedAt) => BackfilledAt is not null || CountsFrom is null || receivedAt >= CountsFrom;
}

/// <summary>One of the types of events that a meter reads.</summary>
/// <param name="Type">The <c>type</c> of the events.</param>
/// <param name="Weight">What a value of such an event is multiplied by; where nothing but the event counts, what one event counts.</param>
/// <param name="Value">The property that carries the value; null for the meter's own.</param>
public sealed record WeightedType(string Type, decimal Weight = 1, string? Value = null);

/// <summary>The operator's own cost of a unit, for the groups that match.</summary>
/// <param name="Match">Property → value; empty matches all.</param>
/// <param name="Amount">Per unit, in the card's currency.</param>
public sealed record UnitCost(IReadOnlyDictionary<string, string> Match, decimal Amount);

internal sealed class MetersTable : IEntityTypeConfiguration<Meter>
{
    public void Configure(EntityTypeBuilder<Meter> table)
    {
        table.ToTable("meters").HasKey(meter => meter.Id);
        table.HasIndex(meter => meter.Key).IsUnique();
        table.HasIndex(meter => meter.EventType);
        table.Property(meter => meter.Aggregation).HasConversion<string>().HasMaxLength(16);
        table.Property(meter => meter.EventTypes).HasJsonColumn().HasDefaultValueSql("'[]'");
        table.Ignore(meter => meter.Types);
        table.Property(meter => meter.Filter).HasJsonColumn();
        table.Property(meter => meter.UnitCosts).HasJsonColumn();
    }
}
