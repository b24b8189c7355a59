using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>What a meter makes of an event.</summary>
public enum ReadingOutcome
{
    /// <summary>The filter does not match: the event is none of this meter's.</summary>
    NotMine,

    /// <summary>The value is not there.</summary>
    NoValue,

    /// <summary>The value is there but is no decimal.</summary>
    BadValue,

    /// <summary>Read.</summary>
    Read,
}

/// <summary>A meter made ready for reading events: its names and filter values as UTF-8.</summary>
public sealed class MeterPlan
{
    private readonly byte[]? _value;
    private readonly decimal _weight;
    private readonly bool _isDistinct;
    private readonly byte[][] _groupBy;
    private readonly (byte[] Property, byte[][] Values)[] _filter;

    /// <summary>Makes a meter ready for one of the types that it reads.</summary>
    public MeterPlan(Meter meter, WeightedType type)
    {
        Meter = meter;
        ValueProperty = meter.Aggregation == Aggregation.Count ? null : type.Value ?? meter.ValueProperty;
        _value = ValueProperty is null ? null : Encoding.UTF8.GetBytes(ValueProperty);
        _weight = type.Weight;
        _isDistinct = meter.Aggregation == Aggregation.Unique;
        HasDetail = meter.Aggregation is Aggregation.Unique or Aggregation.WeightedSum;
        _groupBy = [.. meter.GroupBy.Select(Encoding.UTF8.GetBytes)];
        _filter = [.. meter.Filter.Select(rule => (Encoding.UTF8.GetBytes(rule.Key), rule.Value.Select(Encoding.UTF8.GetBytes).ToArray()))];
    }

    /// <summary>The meter as it is stored.</summary>
    public Meter Meter { get; }

    /// <summary>The property that carries the value; null where the event itself counts.</summary>
    public string? ValueProperty { get; }

    /// <summary>Whether a bucket alone does not answer for the meter: see <see cref="DetailTally"/>.</summary>
    internal bool HasDetail { get; }

    /// <summary>Reads the value of an event, by its weight: the weight alone where events are counted, 1 where distinct values are.</summary>
    public ReadingOutcome Read(EventProperties properties, out decimal value)
    {
        value = _weight;
        if (!Matches(properties))
        {
            return ReadingOutcome.NotMine;
        }

        if (_value is null)
        {
            return ReadingOutcome.Read;
        }

        var position = properties.Find(_value);
        if (position < 0)
        {
            return ReadingOutcome.NoValue;
        }

        var kind = properties.Kind(position);
        if (_isDistinct)
        {
            return kind != PropertyKind.ForeignNumber ? ReadingOutcome.Read : ReadingOutcome.BadValue;
        }

        if (kind is not (PropertyKind.Text or PropertyKind.Number) || !DecimalText.TryParse(properties.Value(position), out value))
        {
            return ReadingOutcome.BadValue;
        }

        if (_weight != 1)
        {
            value = Exact.To12(value * _weight);
        }

        return ReadingOutcome.Read;
    }

    /// <summary>What tells the values of a meter of distinct values apart: the same text is the same value, whether it came as a string or as a number. Else nothing.</summary>
    public Guid Distinct(EventProperties properties)
    {
        if (!_isDistinct)
        {
            return default;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(properties.Value(properties.Find(_value)), hash);
        return new Guid(hash[..16], bigEndian: true);
    }

    /// <summary>The values of the properties to group by, as one key: each preceded by its length; an absent property is the empty text.</summary>
    public ReadOnlySpan<byte> GroupKey(EventProperties properties, ref byte[] buffer)
    {
        var used = 0;
        foreach (var name in _groupBy)
        {
            var position = properties.Find(name);
            var value = position < 0 ? default : properties.Value(position);
            if (buffer.Length < used + 2 + value.Length)
            {
                Array.Resize(ref buffer, Math.Max(buffer.Length * 2, used + 2 + value.Length));
            }

            BinaryPrimitives.WriteUInt16BigEndian(buffer.AsSpan(used), (ushort)value.Length);
            value.CopyTo(buffer.AsSpan(used + 2));
            used += 2 + value.Length;
        }

        return buffer.AsSpan(0, used);
    }

    private bool Matches(EventProperties properties)
    {
        foreach (var (property, values) in _filter)
        {
            var position = properties.Find(property);
            if (position < 0 || !IsAmong(values, properties.Value(position)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsAmong(byte[][] values, ReadOnlySpan<byte> value)
    {
        foreach (var candidate in values)
        {
            if (value.SequenceEqual(candidate))
            {
                return true;
            }
        }

        return false;
    }
}
