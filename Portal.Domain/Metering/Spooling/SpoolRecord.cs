using System.Buffers.Binary;

namespace Portal.Domain.Metering.Spooling;

/// <summary>What a record's head says.</summary>
/// <param name="PayloadLength">The bytes behind the head.</param>
/// <param name="Events">How many events it holds.</param>
/// <param name="ReceivedAt">When they were received, in business time.</param>
/// <param name="WrittenAt">When they were written, on the machine's clock.</param>
internal readonly record struct SpoolHead(int PayloadLength, int Events, DateTimeOffset ReceivedAt, DateTimeOffset WrittenAt);

/// <summary>One request's events as bytes: a head of fixed size with a checksum of its own and one of the payload, then the events as they were checked.</summary>
/// <remarks>The head has its own checksum and a mark, so that behind a damaged record the next one is found.</remarks>
internal static class SpoolRecord
{
    /// <summary>The bytes of a head.</summary>
    public const int HeadLength = 40;

    // What the head holds, in bytes: mark, payload length, receivedAt, writtenAt, events, payload's checksum, version, head's checksum.
    private const int LengthAt = 4;
    private const int ReceivedAt = 8;
    private const int WrittenAt = 16;
    private const int EventsAt = 24;
    private const int PayloadCrcAt = 28;
    private const int VersionAt = 32;
    private const int HeadCrcAt = 36;
    private const int Version = 1;

    // Kind and billable, length of customer, id, type and properties, time, content hash.
    private const int FixedBytes = 1 + 2 + 2 + 2 + 4 + 8 + 8;

    /// <summary>The mark with which a head begins.</summary>
    public static ReadOnlySpan<byte> Mark => "PSr1"u8;

    /// <summary>Writes a batch: what was checked, and what goes to the inbox.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="keyOf">The key of a customer, as UTF-8: numbers may differ after a restore.</param>
    /// <param name="writtenAt">Now, on the machine's clock.</param>
    public static byte[] Encode(EventBatch batch, Func<int, byte[]> keyOf, DateTimeOffset writtenAt)
    {
        var spooled = batch.Events.Select(item => new SpooledEvent(
                SpooledKind.Event, item.Billable, keyOf(item.CustomerId), item.Id, item.Type.Utf8Name, item.Time, item.ContentHash, item.Properties))
            .Concat(batch.Inbox.Select(item => new SpooledEvent(
                SpooledKind.Unknown, false, keyOf(item.CustomerId), System.Text.Encoding.UTF8.GetBytes(item.Id), System.Text.Encoding.UTF8.GetBytes(item.Type), item.Time, 0, item.Properties)))
            .ToList();
        var record = new byte[HeadLength + spooled.Sum(item => FixedBytes + item.Customer.Length + item.Id.Length + item.Type.Length + item.Properties.Length)];
        var at = HeadLength;
        foreach (var item in spooled)
        {
            at = Write(record, at, item);
        }

        var head = record.AsSpan(0, HeadLength);
        Mark.CopyTo(head);
        BinaryPrimitives.WriteInt32LittleEndian(head[LengthAt..], record.Length - HeadLength);
        BinaryPrimitives.WriteInt64LittleEndian(head[ReceivedAt..], batch.ReceivedAt.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(head[WrittenAt..], writtenAt.UtcTicks);
        BinaryPrimitives.WriteInt32LittleEndian(head[EventsAt..], spooled.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(head[PayloadCrcAt..], Crc32C.Of(record.AsSpan(HeadLength)));
        BinaryPrimitives.WriteInt32LittleEndian(head[VersionAt..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(head[HeadCrcAt..], Crc32C.Of(head[..HeadCrcAt]));
        return record;
    }

    /// <summary>Reads a head; null where these bytes are none.</summary>
    public static SpoolHead? Head(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeadLength || !bytes.StartsWith(Mark)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[HeadCrcAt..]) != Crc32C.Of(bytes[..HeadCrcAt])
            || BinaryPrimitives.ReadInt32LittleEndian(bytes[VersionAt..]) != Version)
        {
            return null;
        }

        return new SpoolHead(
            BinaryPrimitives.ReadInt32LittleEndian(bytes[LengthAt..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[EventsAt..]),
            new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(bytes[ReceivedAt..]), TimeSpan.Zero),
            new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(bytes[WrittenAt..]), TimeSpan.Zero));
    }

    /// <summary>Whether the payload of a whole record is what was written.</summary>
    public static bool IsSound(ReadOnlySpan<byte> record) =>
        BinaryPrimitives.ReadUInt32LittleEndian(record[PayloadCrcAt..]) == Crc32C.Of(record[HeadLength..]);

    /// <summary>Reads the events of a sound record.</summary>
    public static List<SpooledEvent> Events(ReadOnlyMemory<byte> record)
    {
        var events = new List<SpooledEvent>();
        for (var at = HeadLength; at < record.Length;)
        {
            events.Add(Read(record, ref at));
        }

        return events;
    }

    private static int Write(byte[] record, int at, SpooledEvent item)
    {
        record[at++] = (byte)((byte)item.Kind | (item.Billable ? 2 : 0));
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(at), item.Time.Ticks);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(at + 8), item.ContentHash);
        at = Write(record, at + 16, item.Customer);
        at = Write(record, at, item.Id);
        at = Write(record, at, item.Type);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(at), item.Properties.Length);
        item.Properties.Span.CopyTo(record.AsSpan(at + 4));
        return at + 4 + item.Properties.Length;
    }

    private static int Write(byte[] record, int at, ReadOnlyMemory<byte> text)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(at), (ushort)text.Length);
        text.Span.CopyTo(record.AsSpan(at + 2));
        return at + 2 + text.Length;
    }

    private static SpooledEvent Read(ReadOnlyMemory<byte> record, ref int at)
    {
        var span = record.Span;
        var kind = span[at];
        var time = new DateTime(BinaryPrimitives.ReadInt64LittleEndian(span[(at + 1)..]), DateTimeKind.Utc);
        var hash = BinaryPrimitives.ReadInt64LittleEndian(span[(at + 9)..]);
        at += 17;
        var (customer, id, type) = (Text(record, ref at), Text(record, ref at), Text(record, ref at));
        var length = BinaryPrimitives.ReadInt32LittleEndian(span[at..]);
        var properties = record.Slice(at + 4, length);
        at += 4 + length;
        return new SpooledEvent((SpooledKind)(kind & 1), (kind & 2) != 0, customer, id, type, time, hash, properties);
    }

    private static ReadOnlyMemory<byte> Text(ReadOnlyMemory<byte> record, ref int at)
    {
        var length = BinaryPrimitives.ReadUInt16LittleEndian(record.Span[at..]);
        var text = record.Slice(at + 2, length);
        at += 2 + length;
        return text;
    }
}

/// <summary>What was decided about an event when it was received.</summary>
internal enum SpooledKind : byte
{
    /// <summary>It was accepted.</summary>
    Event = 0,

    /// <summary>It was rejected because no meter read its type, and goes to the inbox.</summary>
    Unknown = 1,
}

/// <summary>An event in the spool, as it was checked.</summary>
/// <param name="Kind">What was decided about it.</param>
/// <param name="Billable">Whether the customer was not paused.</param>
/// <param name="Customer">The customer's key, as UTF-8.</param>
/// <param name="Id">The sender's id, as UTF-8.</param>
/// <param name="Type">Its type, as UTF-8.</param>
/// <param name="Time">When it happened: UTC, to the microsecond.</param>
/// <param name="ContentHash">Tells the same content from other content under the same id.</param>
/// <param name="Properties">The properties as the sender's JSON.</param>
internal readonly record struct SpooledEvent(
    SpooledKind Kind, bool Billable, ReadOnlyMemory<byte> Customer, ReadOnlyMemory<byte> Id, ReadOnlyMemory<byte> Type,
    DateTime Time, long ContentHash, ReadOnlyMemory<byte> Properties);
