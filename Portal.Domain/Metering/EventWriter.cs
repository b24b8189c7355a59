using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Portal.Domain.Storage;

namespace Portal.Domain.Metering;

/// <summary>How the writing of a batch ended.</summary>
public enum WriteOutcome
{
    /// <summary>The events are durable, and the batch knows what became of each.</summary>
    Stored,

    /// <summary>The database is away; the events are durable on this machine's disk and reach it by themselves.</summary>
    Buffered,

    /// <summary>Too much waits already: nothing was kept, and trying again in a moment will work.</summary>
    QueueFull,

    /// <summary>The database is away: nothing was kept.</summary>
    Unavailable,
}

/// <summary>Stores events by group commit: a request waits for the transaction that carries it, and a transaction carries all that has queued up.</summary>
/// <remarks>
/// More load makes larger transactions, not more of them. A few loops run at once, so that one computes while another waits for the disk.
/// It is no BackgroundService: that one starts on another thread, and where the host stops at once, never.
/// </remarks>
public sealed class EventWriter : IHostedService, IDisposable
{
    // Events wait with their bytes: a few requests of large events must not fill the memory before the count does.
    private const long QueueBytesMax = 256L * 1024 * 1024;

    private readonly IngestOptions _options;
    private readonly Func<WriterLane> _newLane;
    private readonly Lock _swapping = new();
    private WriterLane _lane;
    private bool _isRunning;
    private bool _isStopping;
    private long _waitingEvents;
    private long _waitingBytes;

    /// <summary>Makes the writer; it writes once the host has started it.</summary>
    public EventWriter(NpgsqlDataSource database, UsageGroups groups, UsageChanges changes, PortalOptions options, TimeProvider machine, ILogger<EventWriter> log)
    {
        _options = options.Ingest;
        _newLane = () =>
        {
            var turns = new VersionTurns();
            return new WriterLane(Math.Max(1, _options.Writers), () => new WriterSession(database, groups, turns, machine, log), changes, machine, log);
        };
        _lane = _newLane();
    }

    /// <summary>How many events wait or are being written.</summary>
    public long Waiting => Interlocked.Read(ref _waitingEvents);

    /// <summary>For how long events have waited without anything being stored; zero where none waits.</summary>
    public TimeSpan Stalled => Volatile.Read(ref _lane).Stalled;

    /// <summary>Whether it takes nothing more because the host stops.</summary>
    public bool IsStopping => Volatile.Read(ref _isStopping);

    /// <summary>Stores a batch, and returns when it is durable or could not be stored. It cannot be cancelled: what is on its way may be stored.</summary>
    public Task<WriteOutcome> Write(EventBatch batch) => batch.IsEmpty ? Task.FromResult(WriteOutcome.Stored) : Write(new WaitingBatch([batch]));

    /// <summary>Stores batches in one transaction, in their order.</summary>
    internal Task<WriteOutcome> Write(IReadOnlyList<EventBatch> batches) => Write(new WaitingBatch(batches));

    /// <summary>Gives everything that waits back as <see cref="WriteOutcome.Unavailable"/>, also what a database that hangs holds on to, and begins anew.</summary>
    public void Abandon()
    {
        WriterLane abandoned;
        lock (_swapping)
        {
            if (_isStopping)
            {
                _lane.Abandon();
                return;
            }

            (abandoned, _lane) = (_lane, _newLane());
            if (_isRunning)
            {
                _lane.Start();
            }
        }

        abandoned.Abandon();
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lock (_swapping)
        {
            _isRunning = true;
            _lane.Start();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Task running;
        lock (_swapping)
        {
            // What has queued up is written before the process ends.
            _isStopping = true;
            _lane.Complete();
            running = _lane.Running;
        }

        await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc />
    public void Dispose() => _lane.Dispose();

    private async Task<WriteOutcome> Write(WaitingBatch waiting)
    {
        if (Waiting >= _options.QueueEvents || Interlocked.Read(ref _waitingBytes) >= QueueBytesMax)
        {
            return WriteOutcome.QueueFull;
        }

        Interlocked.Add(ref _waitingEvents, waiting.Events);
        Interlocked.Add(ref _waitingBytes, waiting.Bytes);
        try
        {
            // A lane that takes nothing more was abandoned just now, or the host stops.
            return Volatile.Read(ref _lane).TryQueue(waiting) ? await waiting.Outcome : WriteOutcome.Unavailable;
        }
        finally
        {
            Interlocked.Add(ref _waitingEvents, -waiting.Events);
            Interlocked.Add(ref _waitingBytes, -waiting.Bytes);
        }
    }
}
