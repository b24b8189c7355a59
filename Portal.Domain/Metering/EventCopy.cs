using System.Buffers;
using System.Buffers.Binary;
using Npgsql;

namespace Portal.Domain.Metering;

/// <summary>Streams new events into their table in PostgreSQL's binary COPY format, encoded by hand: the bytes as they came are the bytes that are stored.</summary>
internal sealed class EventCopy : IDisposable
{
    private const string Sql = "COPY events (customer_id, time, received_at, usage_version, billable, id, type, properties) FROM STDIN (FORMAT binary)";
    private const short Columns = 8;
    private const int FlushAt = 64 * 1024;

    // Two bytes for the number of columns, four for the length of each, what the columns of fixed size and jsonb's version take, and the end.
    private const int FixedBytes = 2 + (Columns * 4) + 4 + 8 + 8 + 8 + 1 + 1 + 2;

    private static readonly long s_epoch = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    // The format's signature, then no flags and no extension.
    private static readonly byte[] s_header = [.. "PGCOPY\n"u8, 0xFF, .. "\r\n\0"u8, 0, 0, 0, 0, 0, 0, 0, 0];

    private readonly NpgsqlRawCopyStream _stream;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FlushAt * 2);
    private int _used;

    private EventCopy(NpgsqlRawCopyStream stream) => _stream = stream;

    /// <summary>Begins the copy in the connection's open transaction.</summary>
    public static async Task<EventCopy> Begin(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var copy = new EventCopy(await connection.BeginRawBinaryCopyAsync(Sql, cancellation));
        s_header.CopyTo(copy._buffer, 0);
        copy._used = s_header.Length;
        return copy;
    }

    /// <summary>Adds an event. Without <see cref="Flush"/> from time to time the memory grows.</summary>
    public void Add(in UsageEvent item, DateTime receivedAt, long version)
    {
        var most = FixedBytes + item.Id.Length + item.Type.Utf8Name.Length + item.Properties.Length;
        if (_buffer.Length - _used < most)
        {
            Grow(most);
        }

        var row = _buffer.AsSpan(_used);
        BinaryPrimitives.WriteInt16BigEndian(row, Columns);
        var at = 2;
        at += Write(row[at..], item.CustomerId);
        at += Write(row[at..], Microseconds(item.Time));
        at += Write(row[at..], Microseconds(receivedAt));
        at += Write(row[at..], version);
        at += Write(row[at..], [item.Billable ? (byte)1 : (byte)0]);
        at += Write(row[at..], item.Id.Span);
        at += Write(row[at..], item.Type.Utf8Name);
        BinaryPrimitives.WriteInt32BigEndian(row[at..], item.Properties.Length + 1);
        row[at + 4] = 1;
        item.Properties.Span.CopyTo(row[(at + 5)..]);
        _used += at + 5 + item.Properties.Length;
    }

    /// <summary>Sends what has gathered, once it is worth a packet.</summary>
    public ValueTask Flush(CancellationToken cancellation)
    {
        if (_used < FlushAt)
        {
            return ValueTask.CompletedTask;
        }

        var gathered = _buffer.AsMemory(0, _used);
        _used = 0;
        return _stream.WriteAsync(gathered, cancellation);
    }

    /// <summary>Sends the rest and waits until the database has taken it all.</summary>
    public async Task End(CancellationToken cancellation)
    {
        BinaryPrimitives.WriteInt16BigEndian(_buffer.AsSpan(_used), -1);
        await _stream.WriteAsync(_buffer.AsMemory(0, _used + 2), cancellation);
        await _stream.DisposeAsync();
    }

    /// <inheritdoc />
    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void Grow(int more)
    {
        var larger = ArrayPool<byte>.Shared.Rent(_used + more + FlushAt);
        _buffer.AsSpan(0, _used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private static long Microseconds(DateTime time) => (time.Ticks - s_epoch) / TimeSpan.TicksPerMicrosecond;

    private static int Write(Span<byte> row, int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(row, sizeof(int));
        BinaryPrimitives.WriteInt32BigEndian(row[4..], value);
        return 4 + sizeof(int);
    }

    private static int Write(Span<byte> row, long value)
    {
        BinaryPrimitives.WriteInt32BigEndian(row, sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(row[4..], value);
        return 4 + sizeof(long);
    }

    private static int Write(Span<byte> row, ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteInt32BigEndian(row, value.Length);
        value.CopyTo(row[4..]);
        return 4 + value.Length;
    }
}
