using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Portal.Domain.Storage;

namespace Portal.Domain.Metering.Spooling;

/// <summary>Keeps events on this machine's disk while the database is away: what it has taken is flushed, in order, and survives the process.</summary>
/// <remarks>
/// A record is a request's events. Records that come at the same time share a flush. One process owns the folder; another one on the same folder runs
/// without a spool. <see cref="SpoolReplay"/> empties it.
/// </remarks>
public sealed class EventSpool(PortalOptions options, Register register, TimeProvider machine, ILogger<EventSpool> log) : IDisposable
{
    /// <summary>The bytes from which on a segment takes nothing more.</summary>
    internal const int SegmentBytes = 16 * 1024 * 1024;

    private const int FlushBytesMax = 8 * 1024 * 1024;
    private static readonly TimeSpan s_tryAgain = TimeSpan.FromSeconds(1);

    private readonly Channel<Waiting> _queue = Channel.CreateUnbounded<Waiting>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _disk = new();
    private ImmutableList<SpoolSegment> _segments = [];
    private FileStream? _lock;
    private SpoolSegment? _active;
    private Task _appending = Task.CompletedTask;
    private long _bytes;
    private long _events;
    private long _triedAt;
    private volatile string? _failure;

    /// <summary>The folder.</summary>
    public string Folder { get; } = Path.GetFullPath(Path.Combine(options.DataFolder, "spool"));

    /// <summary>Whether this process owns the folder.</summary>
    public bool IsOpen => Volatile.Read(ref _lock) is not null;

    /// <summary>How many events wait in it.</summary>
    public long Events => Interlocked.Read(ref _events);

    /// <summary>How many bytes it holds.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Whether nothing waits in it.</summary>
    public bool IsEmpty => Volatile.Read(ref _segments).IsEmpty;

    /// <summary>When the oldest of what waits was written, on the machine's clock; null where nothing waits.</summary>
    public DateTimeOffset? OldestAt => First()?.FirstAt;

    /// <summary>Where damaged records lie.</summary>
    internal string QuarantineFolder => Path.Combine(Folder, "quarantine");

    /// <summary>Takes the folder and what lies in it; called again where another process had it.</summary>
    /// <returns>Whether this process owns it now.</returns>
    /// <exception cref="StartException">The folder cannot be used; the message says what to change.</exception>
    public bool TryOpen()
    {
        if (IsOpen)
        {
            return true;
        }

        var taken = SpoolLock.Take(Folder, QuarantineFolder);
        if (taken is null)
        {
            return false;
        }

        TakeOver();
        Volatile.Write(ref _lock, taken);
        _appending = Task.Factory.StartNew(AppendWhatQueuesUp, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        return true;
    }

    /// <summary>Whether it would take events now: it is this process's, has room, and the disk takes what is written.</summary>
    public bool CanTake()
    {
        if (!IsOpen || Refusal(0) is not null)
        {
            return false;
        }

        if (_failure is null)
        {
            return true;
        }

        lock (_disk)
        {
            if (machine.GetElapsedTime(_triedAt) >= s_tryAgain)
            {
                _triedAt = machine.GetTimestamp();
                TryDisk();
            }

            return _failure is null;
        }
    }

    /// <summary>Why it takes nothing, in a sentence; null where it does.</summary>
    public string? Trouble => !IsOpen ? $"Another process owns the spool in {Folder}." : Refusal(0) ?? _failure;

    /// <summary>Why a request was refused last; null where none was while the database is away this time.</summary>
    public string? LastRefusal { get; internal set; }

    /// <summary>Takes a batch, and returns when it is on the disk.</summary>
    /// <returns>False where it could not be taken: then nothing of it is kept.</returns>
    public async Task<bool> Append(EventBatch batch)
    {
        if (!IsOpen)
        {
            LastRefusal = Trouble;
            return false;
        }

        var record = SpoolRecord.Encode(batch, KeyOf, machine.GetUtcNow());
        if (Refusal(record.Length) is { } refusal)
        {
            Report(refusal);
            LastRefusal = refusal;
            return false;
        }

        Interlocked.Add(ref _bytes, record.Length);
        var waiting = new Waiting(record, batch.Events.Count + batch.Inbox.Count);
        if (_queue.Writer.TryWrite(waiting) && await waiting.Done.Task)
        {
            batch.Buffer();
            return true;
        }

        Interlocked.Add(ref _bytes, -record.Length);
        LastRefusal = _failure;
        return false;
    }

    /// <summary>The segment to be replayed first; null where nothing waits.</summary>
    internal SpoolSegment? First() => Volatile.Read(ref _segments) is [var first, ..] ? first : null;

    /// <summary>Takes note that events were replayed, or lie in quarantine.</summary>
    internal void Forget(int events) => Interlocked.Add(ref _events, -events);

    /// <summary>Deletes a segment that is replayed up to a place, unless more came behind it.</summary>
    /// <returns>Whether it is gone.</returns>
    internal bool Retire(SpoolSegment segment, long upTo)
    {
        lock (_disk)
        {
            if (segment.Length != upTo)
            {
                return false;
            }

            if (segment == _active)
            {
                _active = null;
            }

            segment.Dispose();
            File.Delete(segment.Path);
            DurableFolder.Flush(Folder);
            _segments = _segments.Remove(segment);
            Interlocked.Add(ref _bytes, -upTo);
            return true;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _queue.Writer.TryComplete();
        _appending.Wait(TimeSpan.FromSeconds(10));
        _active?.Dispose();
        _lock?.Dispose();
    }

    private byte[] KeyOf(int customerId) => Encoding.UTF8.GetBytes(register.Now.ById[customerId].Customer.Key);

    private string? Refusal(int more) =>
        Bytes + more > options.Ingest.Spool.BytesMax
            ? string.Create(CultureInfo.InvariantCulture, $"The spool holds {Bytes / 1024 / 1024} MiB, which is as much as it may (Portal:Ingest:Spool:BytesMax).")
        : OldestAt < machine.GetUtcNow() - TimeSpan.FromDays(options.Ingest.Spool.DaysMax)
            ? $"The oldest event has waited in the spool since {OldestAt:yyyy-MM-dd HH:mm} UTC, which is longer than it may (Portal:Ingest:Spool:DaysMax)."
        : null;

    // What a crash left: the end may be torn, everything before it was acknowledged.
    private void TakeOver()
    {
        var found = SpoolSegment.In(Folder).ToList();
        foreach (var segment in found)
        {
            segment.Length = new FileInfo(segment.Path).Length;
            var pieces = SpoolScan.Pieces(segment.Read(0), isLast: segment == found[^1]);
            if (pieces is [.., { Kind: SpoolPieceKind.Torn } torn])
            {
                log.LogWarning("The last {Bytes} bytes of {Segment} were being written when the process ended, and nobody was told that they are kept: they are cut off.", torn.Length, segment.Path);
                segment.Length = torn.Start;
                segment.CutOff();
            }

            segment.FirstAt = pieces.FirstOrDefault(piece => piece.Head is not null).Head?.WrittenAt ?? machine.GetUtcNow();
            _segments = _segments.Add(segment);
            Interlocked.Add(ref _bytes, segment.Length);
            Interlocked.Add(ref _events, pieces.Where(piece => piece.Kind != SpoolPieceKind.Torn).Sum(piece => piece.Head?.Events ?? 0));
        }
    }

    private async Task AppendWhatQueuesUp()
    {
        while (await _queue.Reader.WaitToReadAsync())
        {
            var taken = new List<Waiting>();
            for (long bytes = 0; bytes < FlushBytesMax && _queue.Reader.TryRead(out var next); bytes += next.Record.Length)
            {
                taken.Add(next);
            }

            var isKept = TryAppend(taken);
            taken.ForEach(waiting => waiting.Done.SetResult(isKept));
        }
    }

    private bool TryAppend(List<Waiting> taken)
    {
        lock (_disk)
        {
            try
            {
                var segment = _active is { Length: < SegmentBytes } ? _active : Rotate();
                segment.Append(taken.ConvertAll(waiting => (ReadOnlyMemory<byte>)waiting.Record));
                Interlocked.Add(ref _events, taken.Sum(waiting => waiting.Events));
                _failure = null;
                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Fail(e);
                return false;
            }
        }
    }

    private SpoolSegment Rotate()
    {
        _active?.Dispose();
        _active = null;
        // By the clock, so that a number and what it says in the quarantine's names is never used again; upwards whatever the clock does.
        var now = machine.GetUtcNow();
        var segment = new SpoolSegment(Folder, Math.Max(now.ToUnixTimeMilliseconds(), _segments is [.., var last] ? last.Number + 1 : 0)) { FirstAt = now };
        segment.Create();

        // Without this a power failure could lose the name of a file whose bytes are safe.
        DurableFolder.Flush(Folder);
        _segments = _segments.Add(segment);
        _active = segment;
        return segment;
    }

    private void Fail(Exception failure)
    {
        Report(failure.Message);
        _failure = failure.Message;
        _triedAt = machine.GetTimestamp();
        if (_active is { Length: 0 } empty)
        {
            // It holds nothing, and would only be in the way.
            Retire(empty, 0);
        }
    }

    private void TryDisk()
    {
        var trial = Path.Combine(Folder, "trial");
        try
        {
            DurableFolder.WriteWhole(trial, new byte[64 * 1024]);
            File.Delete(trial);
            _failure = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _failure = e.Message;
        }
    }

    private void Report(string trouble)
    {
        if (_failure != trouble)
        {
            log.LogError("The spool takes nothing, so events are refused until the database is back or this is mended: {Trouble}", trouble);
        }
    }

    private sealed record Waiting(byte[] Record, int Events)
    {
        public TaskCompletionSource<bool> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
