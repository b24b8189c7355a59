using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using Portal.Domain.Catalog;

namespace Portal.Domain.Metering;

/// <summary>A type of event, with the meters that read it.</summary>
public sealed class EventType
{
    internal EventType(string name, IEnumerable<MeterPlan> meters)
    {
        Name = name;
        Utf8Name = Encoding.UTF8.GetBytes(name);
        Meters = [.. meters.OrderBy(plan => plan.Meter.Id)];
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The meters that read it.</summary>
    public ImmutableArray<MeterPlan> Meters { get; }

    internal byte[] Utf8Name { get; }
}

/// <summary>What a meter reads from an event.</summary>
/// <param name="Meter">The meter.</param>
/// <param name="Value">The value; 1 where the meter counts.</param>
public readonly record struct MeterReading(MeterPlan Meter, decimal Value);

/// <summary>Why no meter takes an event.</summary>
/// <param name="Code">The rejection's code.</param>
/// <param name="Meter">The meter whose value is missing or wrong.</param>
public readonly record struct ReadingFault(string Code, MeterPlan Meter);

/// <summary>Which meters read which events, and what: the one answer for ingest, for a part of a quarter-hour and for a rebuild.</summary>
public sealed class MeterMatch
{
    private readonly ImmutableArray<Meter> _meters;
    private readonly FrozenDictionary<byte[], EventType> _types;
    private readonly FrozenDictionary<byte[], EventType>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    /// <summary>Makes these meters ready.</summary>
    public MeterMatch(ImmutableArray<Meter> meters)
    {
        _meters = meters;
        _types = meters.SelectMany(meter => meter.Types.Select(type => (type.Type, Plan: new MeterPlan(meter, type))))
            .GroupBy(read => read.Type, read => read.Plan, StringComparer.Ordinal)
            .Select(group => new EventType(group.Key, group))
            .ToFrozenDictionary(type => type.Utf8Name, Utf8Keys.Instance);
        _lookup = _types.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>The type of this name; null where no meter reads it.</summary>
    public EventType? Find(ReadOnlySpan<byte> name) => _lookup.TryGetValue(name, out var type) ? type : null;

    /// <summary>The names of the types that some meter reads.</summary>
    public string[] Types => [.. _types.Values.Select(type => type.Name)];

    /// <summary>Whether it was made of just these meters.</summary>
    public bool IsOf(ImmutableArray<Meter> meters) => _meters == meters;

    /// <summary>Adds what the meters of a type read from an event. An event that passes no filter is fine and counts nowhere.</summary>
    /// <returns>Null, or why it is rejected: a value that is no decimal, or one that no meter finds.</returns>
    public static ReadingFault? Read(EventType type, EventProperties properties, List<MeterReading> readings)
    {
        readings.Clear();
        MeterPlan? missing = null;
        foreach (var meter in type.Meters)
        {
            switch (meter.Read(properties, out var value))
            {
                case ReadingOutcome.Read:
                    readings.Add(new MeterReading(meter, value));
                    break;
                case ReadingOutcome.NoValue:
                    missing ??= meter;
                    break;
                case ReadingOutcome.BadValue:
                    return new ReadingFault(RejectionCode.InvalidValue, meter);
                case ReadingOutcome.NotMine:
                    break;
            }
        }

        return missing is not null && readings.Count == 0 ? new ReadingFault(RejectionCode.MissingValue, missing) : null;
    }
}
