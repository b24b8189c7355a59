using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Portal.Domain.Metering;

/// <summary>The usage of a customer's meter with certain values of the properties that the meter groups by.</summary>
public sealed class UsageGroup
{
    private int _id;
    private MeterPlan _meter;

    internal UsageGroup(int customerId, MeterPlan meter, byte[] key)
    {
        (CustomerId, _meter, Key) = (customerId, meter, key);
    }

    /// <summary>The customer.</summary>
    public int CustomerId { get; }

    /// <summary>The database's number of the group; 0 until it has one.</summary>
    public int Id
    {
        get => Volatile.Read(ref _id);
        internal set => Volatile.Write(ref _id, value);
    }

    /// <summary>The values in the order of the meter's <c>groupBy</c>.</summary>
    public string[] Values => ValuesOf(Key);

    /// <summary>The meter as it was last read by; a meter that counted nothing yet may still change what it counts.</summary>
    internal MeterPlan Meter
    {
        get => Volatile.Read(ref _meter);
        set => Volatile.Write(ref _meter, value);
    }

    internal byte[] Key { get; }

    /// <summary>What the database tells groups apart by: values may be longer than an index entry.</summary>
    internal Guid KeyHash => new(SHA256.HashData(Key).AsSpan(0, 16), bigEndian: true);

    /// <summary>The group that takes what does not fit.</summary>
    internal static UsageGroup Other(int customerId, MeterPlan meter) =>
        new(customerId, meter, KeyOf([.. meter.Meter.GroupBy.Select(_ => UsageGroups.OtherValue)]));

    internal static byte[] KeyOf(string[] values)
    {
        var key = new List<byte>();
        Span<byte> length = stackalloc byte[2];
        foreach (var value in values)
        {
            var text = Encoding.UTF8.GetBytes(value);
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)text.Length);
            key.AddRange(length);
            key.AddRange(text);
        }

        return [.. key];
    }

    internal static string[] ValuesOf(ReadOnlySpan<byte> key)
    {
        var values = new List<string>();
        while (key.Length > 0)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(key);
            values.Add(Encoding.UTF8.GetString(key.Slice(2, length)));
            key = key[(2 + length)..];
        }

        return [.. values];
    }
}
