using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Portal.Domain.Metering.Spooling;

/// <summary>One file of the spool. Records are appended to the last one; the first one is replayed and deleted.</summary>
internal sealed class SpoolSegment(string folder, long number) : IDisposable
{
    private const string Extension = ".spool";

    private SafeFileHandle? _file;

    /// <summary>Its place in the order; never used again.</summary>
    public long Number => number;

    /// <summary>The file.</summary>
    public string Path { get; } = System.IO.Path.Combine(folder, number.ToString("D16", CultureInfo.InvariantCulture) + Extension);

    /// <summary>How many bytes are durable. What may lie behind them was never acknowledged.</summary>
    public long Length { get; set; }

    /// <summary>When its first record was written, on the machine's clock; null while it has none.</summary>
    public DateTimeOffset? FirstAt { get; set; }

    /// <summary>Whether this process made it; else an earlier one did.</summary>
    public bool IsOwn { get; private set; }

    /// <summary>The segments of a folder, in order.</summary>
    public static IEnumerable<SpoolSegment> In(string folder) => Directory.EnumerateFiles(folder, "*" + Extension)
        .Select(path => long.TryParse(System.IO.Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture, out var found) ? found : -1)
        .Where(found => found >= 0)
        .Order()
        .Select(found => new SpoolSegment(folder, found));

    /// <summary>Makes the file, for appending.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Create()
    {
        IsOwn = true;
        _file = File.OpenHandle(Path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read);
        File.SetUnixFileMode(_file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>Appends records and returns when they are on the disk.</summary>
    /// <exception cref="IOException">The disk refuses: nothing of them is kept.</exception>
    public void Append(IReadOnlyList<ReadOnlyMemory<byte>> records)
    {
        try
        {
            RandomAccess.Write(_file!, records, Length);
            RandomAccess.FlushToDisk(_file!);
            Length += records.Sum(record => (long)record.Length);
        }
        catch (Exception)
        {
            // Half a record must not be found later, nor a whole one whose sender was told that it was not kept.
            CutOff();
            throw;
        }
    }

    /// <summary>Takes away what lies behind the durable bytes.</summary>
    public void CutOff()
    {
        using var file = _file is null ? File.OpenHandle(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite) : null;
        RandomAccess.SetLength(file ?? _file!, Length);
        RandomAccess.FlushToDisk(file ?? _file!);
    }

    /// <summary>The durable bytes from a place on.</summary>
    public byte[] Read(long from)
    {
        var bytes = new byte[Length - from];
        using var file = File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        for (var read = 0; read < bytes.Length;)
        {
            var more = RandomAccess.Read(file, bytes.AsSpan(read), from + read);
            if (more == 0)
            {
                throw new IOException($"{Path} is shorter than it was: {from + read} bytes instead of {Length}.");
            }

            read += more;
        }

        return bytes;
    }

    /// <summary>Closes the file; it takes nothing more.</summary>
    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }
}
