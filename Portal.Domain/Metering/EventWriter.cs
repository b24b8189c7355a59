using System.Threading.Channels;
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

    /// <summary>Too much waits already: nothing was kept, and trying again in a moment will work.</summary>
    QueueFull,

    /// <summary>The database is away: nothing was kept.</summary>
    Unavailable,
}

/// <summary>Stores events by group commit: a request waits for the transaction that carries it, and a transaction carries all that has queued up.</summary>
/// <remarks>More load makes larger transactions, not more of them. A few loops run at once, so that one computes while another waits for the disk.</remarks>
public sealed class EventWriter : BackgroundService
{
    /// <summary>The most events of one transaction, unless a single request has more.</summary>
    private const int EventsPerCommit = 20_000;

    // Below so many queued events one loop at a time writes: two would halve the transactions' size and double their number.
    private const int EventsForTwo = 1_000;

    // Events wait with their bytes: a few requests of large events must not fill the memory before the count does.
    private const long QueueBytesMax = 256L * 1024 * 1024;

    private readonly Channel<WaitingBatch> _queue = Channel.CreateUnbounded<WaitingBatch>();
    private readonly NpgsqlDataSource _database;
    private readonly UsageGroups _groups;
    private readonly UsageChanges _changes;
    private readonly IngestOptions _options;
    private readonly TimeProvider _machine;
    private readonly ILogger<EventWriter> _log;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private int _queuedEvents;
    private long _waitingEvents;
    private long _waitingBytes;

    /// <summary>Makes the writer; it writes once the host has started it.</summary>
    public EventWriter(NpgsqlDataSource database, UsageGroups groups, UsageChanges changes, PortalOptions options, TimeProvider machine, ILogger<EventWriter> log)
    {
        (_database, _groups, _changes, _options, _machine, _log) = (database, groups, changes, options.Ingest, machine, log);
    }

    /// <summary>How many events wait or are being written.</summary>
    public long Waiting => Interlocked.Read(ref _waitingEvents);

    /// <summary>Stores a batch, and returns when it is durable or could not be stored. It cannot be cancelled: what is on its way may be stored.</summary>
    public async Task<WriteOutcome> Write(EventBatch batch)
    {
        if (batch.IsEmpty)
        {
            return WriteOutcome.Stored;
        }

        if (Waiting >= _options.QueueEvents || Interlocked.Read(ref _waitingBytes) >= QueueBytesMax)
        {
            return WriteOutcome.QueueFull;
        }

        var waiting = new WaitingBatch(batch);
        Interlocked.Add(ref _waitingEvents, waiting.Events);
        Interlocked.Add(ref _waitingBytes, batch.Bytes);
        try
        {
            Interlocked.Add(ref _queuedEvents, waiting.Events);
            if (_queue.Writer.TryWrite(waiting))
            {
                return await waiting.Outcome;
            }

            // A writer that is stopping takes nothing more; another node, or this one after its start, will.
            Interlocked.Add(ref _queuedEvents, -waiting.Events);
            return WriteOutcome.Unavailable;
        }
        finally
        {
            Interlocked.Add(ref _waitingEvents, -waiting.Events);
            Interlocked.Add(ref _waitingBytes, -batch.Bytes);
        }
    }

    /// <inheritdoc />
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // What has queued up is written before the process ends.
        _queue.Writer.TryComplete();
        await (ExecuteTask ?? Task.CompletedTask).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    /// <inheritdoc />
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, Math.Max(1, _options.Writers)).Select(_ => Task.Run(WriteWhatQueuesUp, CancellationToken.None)));

    private async Task WriteWhatQueuesUp()
    {
        await using var session = new WriterSession(_database, _groups, _machine, _log);
        var taken = new List<WaitingBatch>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            var isAlone = Volatile.Read(ref _queuedEvents) < EventsForTwo;
            if (isAlone)
            {
                await _turn.WaitAsync();
            }

            try
            {
                Take(taken);
                if (taken.Count > 0)
                {
                    await Store(session, taken);
                }
            }
            finally
            {
                if (isAlone)
                {
                    _turn.Release();
                }
            }
        }
    }

    private void Take(List<WaitingBatch> taken)
    {
        taken.Clear();
        for (var events = 0; events < EventsPerCommit && _queue.Reader.TryRead(out var next); events += next.Events)
        {
            taken.Add(next);
            Interlocked.Add(ref _queuedEvents, -next.Events);
        }
    }

    private async Task Store(WriterSession session, List<WaitingBatch> taken)
    {
        try
        {
            var outcome = await session.Store(taken.ConvertAll(waiting => waiting.Batch));
            if (outcome == WriteOutcome.Stored)
            {
                _changes.Announce([.. session.Customers]);
            }

            taken.ForEach(waiting => waiting.End(outcome));
        }
        catch (PostgresException exception) when (taken.Count > 1)
        {
            // Something in there that the checks let through and the database does not: it must fail alone.
            _log.LogError(exception, "A transaction of {Requests} requests was refused by the database; each is tried by itself.", taken.Count);
            foreach (var waiting in taken)
            {
                await Store(session, [waiting]);
            }
        }
        catch (Exception exception)
        {
            // Whatever it is, it is the requests' answer and not the end of the writer.
            _log.LogError(exception, "Events could not be stored.");
            taken.ForEach(waiting => waiting.Fail(exception));
        }
    }

    /// <summary>A batch with a request that waits for it.</summary>
    private sealed class WaitingBatch(EventBatch batch)
    {
        private readonly TaskCompletionSource<WriteOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EventBatch Batch { get; } = batch;

        public int Events { get; } = batch.Events.Count + batch.Inbox.Count;

        public Task<WriteOutcome> Outcome => _outcome.Task;

        public void End(WriteOutcome outcome) => _outcome.TrySetResult(outcome);

        public void Fail(Exception exception) => _outcome.TrySetException(exception);
    }
}
