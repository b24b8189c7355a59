using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>The properties of one event, sorted by the bytes of their names, with canonical values: what meters match and the content hash covers.</summary>
/// <remarks>Made once and filled anew for each event, so that ingest allocates nothing per property. The spans that it hands out hold until the next fill.</remarks>
public sealed class EventProperties
{
    /// <summary>The most properties of an event.</summary>
    public const int CountMax = 50;

    /// <summary>The most characters (Unicode code points) of a name.</summary>
    public const int NameMax = 64;

    /// <summary>The most characters (Unicode code points) of a string.</summary>
    public const int TextMax = 1_000;

    private readonly Entry[] _entries = new Entry[CountMax];
    private byte[] _bytes = new byte[512];
    private int _used;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets what was read.</summary>
    public void Clear() => (Count, _used) = (0, 0);

    /// <summary>Reads the value that the reader stands on, and leaves the reader at its end whatever comes.</summary>
    /// <returns>Null, or what is wrong with them in a sentence.</returns>
    /// <exception cref="JsonException">The text is no JSON, or a name occurs twice.</exception>
    public string? Read(ref Utf8JsonReader reader)
    {
        Clear();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return "The properties are a JSON object, such as {\"model\":\"gpt-4o\",\"tokens\":812}.";
        }

        string? fault = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var found = ReadOne(ref reader);
            fault ??= found;
        }

        return fault ?? Sort();
    }

    /// <summary>Reads the properties of a stored event.</summary>
    public void Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        Read(ref reader);
    }

    /// <summary>The position of a property; negative where there is none.</summary>
    public int Find(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < Count; i++)
        {
            if (Name(i).SequenceEqual(name))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The name of the property at a position, as UTF-8.</summary>
    public ReadOnlySpan<byte> Name(int position) => _bytes.AsSpan(_entries[position].NameStart, _entries[position].NameLength);

    /// <summary>The canonical text of the value at a position, as UTF-8: a string itself, a number without needless zeros, true or false.</summary>
    public ReadOnlySpan<byte> Value(int position) => _bytes.AsSpan(_entries[position].ValueStart, _entries[position].ValueLength);

    /// <summary>The kind of the value at a position.</summary>
    public PropertyKind Kind(int position) => _entries[position].Kind;

    /// <summary>The first number that the API's grammar does not know; negative where all are fine.</summary>
    public int FindForeignNumber()
    {
        for (var i = 0; i < Count; i++)
        {
            if (_entries[i].Kind == PropertyKind.ForeignNumber)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The hash by which the same content is told from other content under the same id.</summary>
    /// <param name="type">The event's type, as UTF-8.</param>
    /// <param name="timeTicks">The event's time in ticks, or null where none was given: then the time of receipt is not content.</param>
    public long ContentHash(ReadOnlySpan<byte> type, long? timeTicks)
    {
        var length = 2 + type.Length + sizeof(long) + 1 + _used + (Count * 5);
        var rented = length > 1_024 ? ArrayPool<byte>.Shared.Rent(length) : null;
        var content = rented ?? stackalloc byte[1_024];
        var used = Append(content, 0, type);
        content[used++] = timeTicks is null ? (byte)0 : (byte)1;
        BinaryPrimitives.WriteInt64BigEndian(content[used..], timeTicks ?? 0);
        used += sizeof(long);
        for (var i = 0; i < Count; i++)
        {
            used = Append(content, used, Name(i));
            content[used++] = (byte)_entries[i].Kind;
            used = Append(content, used, Value(i));
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content[..used], hash);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return BinaryPrimitives.ReadInt64BigEndian(hash);
    }

    private static int Append(Span<byte> content, int used, ReadOnlySpan<byte> text)
    {
        BinaryPrimitives.WriteUInt16BigEndian(content[used..], (ushort)text.Length);
        text.CopyTo(content[(used + 2)..]);
        return used + 2 + text.Length;
    }

    private string? ReadOne(ref Utf8JsonReader reader)
    {
        if (Count == CountMax)
        {
            reader.Read();
            reader.Skip();
            return $"An event has at most {CountMax} properties.";
        }

        ref var entry = ref _entries[Count];
        entry.NameStart = _used;
        var named = Copy(ref reader);
        entry.NameLength = _used - entry.NameStart;
        reader.Read();
        if (!named || _bytes.AsSpan(entry.NameStart, entry.NameLength).Contains((byte)0))
        {
            reader.Skip();
            return "A property's name is not valid text: send Unicode without NUL and without unpaired surrogates.";
        }

        if (Longer(_bytes.AsSpan(entry.NameStart, entry.NameLength), NameMax))
        {
            reader.Skip();
            return $"A property's name has at most {NameMax} characters.";
        }

        entry.ValueStart = _used;
        var fault = ReadValue(ref reader, ref entry);
        entry.ValueLength = _used - entry.ValueStart;
        Count++;
        return fault is null ? null : $"The property '{System.Text.Encoding.UTF8.GetString(Name(Count - 1))}' {fault}";
    }

    private string? ReadValue(ref Utf8JsonReader reader, ref Entry entry)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                entry.Kind = PropertyKind.Text;
                if (!Copy(ref reader) || _bytes.AsSpan(entry.ValueStart, _used - entry.ValueStart).Contains((byte)0))
                {
                    return "is not valid text: send Unicode without NUL and without unpaired surrogates.";
                }

                return Longer(_bytes.AsSpan(entry.ValueStart, _used - entry.ValueStart), TextMax) ? $"is longer than {TextMax} characters." : null;
            case JsonTokenType.Number when DecimalText.TryParse(reader.ValueSpan, out _):
                entry.Kind = PropertyKind.Number;
                Write(Canonical(reader.ValueSpan));
                return null;
            case JsonTokenType.Number:
                entry.Kind = PropertyKind.ForeignNumber;
                return null;
            case JsonTokenType.True or JsonTokenType.False:
                entry.Kind = PropertyKind.Boolean;
                Write(reader.ValueSpan);
                return null;
            default:
                reader.Skip();
                return "is not a string, number or boolean: properties are flat, and what is not known is left out.";
        }
    }

    // 1.50 → 1.5, 2.0 → 2, -0 → 0: the same value is the same text. JSON knows no zeros in front.
    private static ReadOnlySpan<byte> Canonical(ReadOnlySpan<byte> number)
    {
        if (number.Contains((byte)'.'))
        {
            number = number.TrimEnd((byte)'0').TrimEnd((byte)'.');
        }

        return number.SequenceEqual("-0"u8) ? number[1..] : number;
    }

    private static bool Longer(ReadOnlySpan<byte> text, int max)
    {
        if (text.Length <= max)
        {
            return false;
        }

        var characters = 0;
        foreach (var unit in text)
        {
            characters += (unit & 0xC0) == 0x80 ? 0 : 1;
        }

        return characters > max;
    }

    private bool Copy(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            Write(reader.ValueSpan);
            return true;
        }

        Grow(reader.ValueSpan.Length);
        try
        {
            _used += reader.CopyString(_bytes.AsSpan(_used));
            return true;
        }
        catch (InvalidOperationException)
        {
            // An unpaired surrogate: well-formed JSON that is no text.
            return false;
        }
    }

    private void Write(ReadOnlySpan<byte> text)
    {
        Grow(text.Length);
        text.CopyTo(_bytes.AsSpan(_used));
        _used += text.Length;
    }

    private void Grow(int more)
    {
        if (_bytes.Length - _used < more)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _used + more));
        }
    }

    // Names in the order of their bytes: the sender's order is not content, and a name that occurs twice stands beside itself.
    private string? Sort()
    {
        for (var i = 1; i < Count; i++)
        {
            var entry = _entries[i];
            var name = Name(i);
            var at = i;
            while (at > 0 && Name(at - 1).SequenceCompareTo(name) is var order and >= 0)
            {
                if (order == 0)
                {
                    throw new JsonException($"The property '{System.Text.Encoding.UTF8.GetString(name)}' occurs twice.");
                }

                _entries[at] = _entries[at - 1];
                at--;
            }

            _entries[at] = entry;
        }

        return null;
    }

    private struct Entry
    {
        public int NameStart;
        public int NameLength;
        public int ValueStart;
        public int ValueLength;
        public PropertyKind Kind;
    }
}
