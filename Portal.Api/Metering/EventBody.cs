using System.Buffers;
using System.IO.Compression;

namespace Portal.Api.Metering;

/// <summary>The body of a request with events, unpacked where it is gzip.</summary>
internal sealed class EventBody
{
    /// <summary>The most bytes of a document after decompression.</summary>
    public const int DocumentMax = 10 * 1024 * 1024;

    // What is read beyond that and thrown away, so that the client gets to read the answer.
    private const long DrainMax = 64L * 1024 * 1024;

    private const int FirstRent = 16 * 1024;

    private readonly HttpRequest _request;

    private EventBody(HttpRequest request, Stream content) => (_request, Content) = (request, content);

    /// <summary>The body as it is meant.</summary>
    public Stream Content { get; }

    /// <summary>Opens the body; null where its encoding is not known.</summary>
    public static EventBody? Open(HttpRequest request)
    {
        var encoding = request.Headers.ContentEncoding.ToString();
        return encoding.Length == 0 || encoding.Equals("identity", StringComparison.OrdinalIgnoreCase) ? new EventBody(request, request.Body)
            : encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase) ? new EventBody(request, new GZipStream(request.Body, CompressionMode.Decompress))
            : null;
    }

    /// <summary>Reads all of it; null where it is larger than a document may be.</summary>
    public async Task<EventDocument?> ReadWhole(CancellationToken cancellation)
    {
        if (_request.ContentLength > DocumentMax)
        {
            await Drain(cancellation);
            return null;
        }

        // One byte more than is announced, so that the end is seen without growing.
        var document = new EventDocument((int)Math.Max(FirstRent, (_request.ContentLength ?? 0) + 1));
        try
        {
            while (await Content.ReadAsync(document.Free, cancellation) is var read and > 0)
            {
                document.Advance(read);
                if (document.Length > DocumentMax)
                {
                    document.Dispose();
                    await Drain(cancellation);
                    return null;
                }
            }

            return document;
        }
        catch
        {
            document.Dispose();
            throw;
        }
    }

    /// <summary>Reads and throws away what the client still sends, up to a bound.</summary>
    public async Task Drain(CancellationToken cancellation)
    {
        if (_request.ContentLength > DrainMax)
        {
            return;
        }

        var waste = ArrayPool<byte>.Shared.Rent(64 * 1024);
        for (long drained = 0; drained < DrainMax && await _request.Body.ReadAsync(waste, cancellation) is var read and > 0; drained += read)
        {
            // Not wanted.
        }

        ArrayPool<byte>.Shared.Return(waste);
    }
}

/// <summary>Bytes of a body in rented memory, which grows as they come.</summary>
internal sealed class EventDocument(int size) : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(size);

    /// <summary>How many bytes there are.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes, until the document is disposed.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, Length);

    /// <summary>Room for more; never empty.</summary>
    public Memory<byte> Free
    {
        get
        {
            if (Length == _bytes.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent(_bytes.Length * 2);
                _bytes.CopyTo(larger, 0);
                ArrayPool<byte>.Shared.Return(_bytes);
                _bytes = larger;
            }

            return _bytes.AsMemory(Length);
        }
    }

    /// <summary>Takes in what was read into <see cref="Free"/>.</summary>
    public void Advance(int read) => Length += read;

    /// <summary>Forgets the first bytes and moves the rest to the front.</summary>
    public void Drop(int count)
    {
        _bytes.AsSpan(count, Length - count).CopyTo(_bytes);
        Length -= count;
    }

    /// <summary>Forgets the first bytes and moves the rest into other memory: a transaction that hangs may still read the old.</summary>
    public void DropAbandoned(int count)
    {
        var rest = _bytes.AsSpan(count, Length - count);
        var fresh = ArrayPool<byte>.Shared.Rent(Math.Max(rest.Length, 1));
        rest.CopyTo(fresh);
        (_bytes, Length) = (fresh, rest.Length);
    }

    /// <summary>Leaves the memory to the garbage collector: a transaction that hangs may still read it.</summary>
    public void Abandon() => (_bytes, Length) = ([], 0);

    /// <summary>Gives the memory back. Whoever still looked at it would see another request's bytes.</summary>
    public void Dispose()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = [];
        Length = 0;
    }
}
