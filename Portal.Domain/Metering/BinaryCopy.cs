using System.Buffers;
using System.Buffers.Binary;
using Npgsql;

namespace Portal.Domain.Metering;

/// <summary>Streams rows into a table in PostgreSQL's binary COPY format, encoded by hand into one buffer: no value becomes an object on its way.</summary>
internal sealed class BinaryCopy : IDisposable
{
    private const int FlushAt = 64 * 1024;

    private static readonly long s_epoch = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    // The format's signature, then no flags and no extension.
    private static readonly byte[] s_header = [.. "PGCOPY\n"u8, 0xFF, .. "\r\n\0"u8, 0, 0, 0, 0, 0, 0, 0, 0];

    private readonly NpgsqlRawCopyStream _stream;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FlushAt * 2);
    private int _used;

    private BinaryCopy(NpgsqlRawCopyStream stream) => _stream = stream;

    /// <summary>Begins the copy in the connection's open transaction, by a statement <c>COPY … FROM STDIN (FORMAT binary)</c>.</summary>
    public static async Task<BinaryCopy> Begin(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        var copy = new BinaryCopy(await connection.BeginRawBinaryCopyAsync(sql, cancellation));
        s_header.CopyTo(copy._buffer, 0);
        copy._used = s_header.Length;
        return copy;
    }

    /// <summary>Begins a row. Without <see cref="Flush"/> from time to time the memory grows.</summary>
    /// <param name="columns">How many columns it has; each is added in turn.</param>
    /// <param name="mostBytes">At least what its values take.</param>
    public void BeginRow(short columns, int mostBytes)
    {
        // Two bytes for the number of columns, four for the length of each, two for the end of all.
        var most = 2 + (columns * sizeof(int)) + mostBytes + 2;
        if (_buffer.Length - _used < most)
        {
            Grow(most);
        }

        BinaryPrimitives.WriteInt16BigEndian(_buffer.AsSpan(_used), columns);
        _used += 2;
    }

    /// <summary>Adds an <c>integer</c>.</summary>
    public void Add(int value) => BinaryPrimitives.WriteInt32BigEndian(Value(sizeof(int)), value);

    /// <summary>Adds a <c>bigint</c>.</summary>
    public void Add(long value) => BinaryPrimitives.WriteInt64BigEndian(Value(sizeof(long)), value);

    /// <summary>Adds a <c>timestamptz</c>, from UTC.</summary>
    public void Add(DateTime time) => Add((time.Ticks - s_epoch) / TimeSpan.TicksPerMicrosecond);

    /// <summary>Adds a <c>boolean</c>.</summary>
    public void Add(bool value) => Value(1)[0] = value ? (byte)1 : (byte)0;

    /// <summary>Adds a <c>uuid</c>.</summary>
    public void Add(UInt128 value) => BinaryPrimitives.WriteUInt128BigEndian(Value(16), value);

    /// <summary>Adds a <c>text</c>, from UTF-8.</summary>
    public void Add(ReadOnlySpan<byte> text) => text.CopyTo(Value(text.Length));

    /// <summary>Adds a <c>jsonb</c>, from its text in UTF-8.</summary>
    public void AddJson(ReadOnlySpan<byte> json)
    {
        var value = Value(json.Length + 1);
        value[0] = 1;
        json.CopyTo(value[1..]);
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

    private Span<byte> Value(int length)
    {
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(_used), length);
        var value = _buffer.AsSpan(_used + sizeof(int), length);
        _used += sizeof(int) + length;
        return value;
    }

    private void Grow(int more)
    {
        var larger = ArrayPool<byte>.Shared.Rent(_used + more + FlushAt);
        _buffer.AsSpan(0, _used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
