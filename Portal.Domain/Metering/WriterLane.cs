using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Portal.Domain.Metering;

/// <summary>A queue of batches with the loops that write them. When the database hangs, the lane is abandoned with whatever is stuck in it, and another one takes over.</summary>
internal sealed class WriterLane(int writers, Func<WriterSession> newSession, UsageChanges changes, TimeProvider machine, ILogger log) : IDisposable
{
    /// <summary>The most events of one transaction, unless a single request has more.</summary>
    private const int EventsPerCommit = 20_000;

    // Below so many queued events one loop at a time writes: two would halve the transactions' size and double their number.
    private const int EventsForTwo = 1_000;

    private readonly Channel<WaitingBatch> _queue = Channel.CreateUnbounded<WaitingBatch>();
    private readonly CancellationTokenSource _abandoned = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _access = new();
    private readonly HashSet<List<WaitingBatch>> _taken = [];
    private int _queuedEvents;
    private long _movedAt;

    /// <summary>The loops; complete when they have ended.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>For how long batches have waited without any loop coming further; zero where none waits.</summary>
    public TimeSpan Stalled
    {
        get
        {
            lock (_access)
            {
                return _taken.Count == 0 ? TimeSpan.Zero : machine.GetElapsedTime(_movedAt);
            }
        }
    }

    /// <summary>Starts the loops.</summary>
    public void Start() => Running = Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(WriteWhatQueuesUp, CancellationToken.None)));

    /// <summary>Queues a batch; false where the lane takes nothing more.</summary>
    public bool TryQueue(WaitingBatch waiting)
    {
        Interlocked.Add(ref _queuedEvents, waiting.Events);
        if (_queue.Writer.TryWrite(waiting))
        {
            return true;
        }

        Interlocked.Add(ref _queuedEvents, -waiting.Events);
        return false;
    }

    /// <summary>Takes nothing more, and ends when what waits is written.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    /// <summary>Gives everything that waits back to those who wait. A transaction that is under way may still commit: its events are then found stored.</summary>
    public void Abandon()
    {
        _queue.Writer.TryComplete();
        _abandoned.Cancel();
        while (_queue.Reader.TryRead(out var waiting))
        {
            waiting.Detach();
        }

        List<WaitingBatch> taken;
        lock (_access)
        {
            taken = [.. _taken.SelectMany(list => list)];
        }

        taken.ForEach(waiting => waiting.Detach());
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _turn.Dispose();
        _abandoned.Dispose();
    }

    private async Task WriteWhatQueuesUp()
    {
        await using var session = newSession();
        while (await _queue.Reader.WaitToReadAsync())
        {
            var isAlone = Volatile.Read(ref _queuedEvents) < EventsForTwo;
            if (isAlone)
            {
                await _turn.WaitAsync();
            }

            try
            {
                if (Take() is { Count: > 0 } taken)
                {
                    await Store(session, taken);
                    Return(taken);
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

    private List<WaitingBatch> Take()
    {
        var taken = new List<WaitingBatch>();
        for (var events = 0; events < EventsPerCommit && _queue.Reader.TryRead(out var next); events += next.Events)
        {
            taken.Add(next);
            Interlocked.Add(ref _queuedEvents, -next.Events);
        }

        // Another loop was faster. What is not given back would be taken for a database that hangs.
        if (taken.Count == 0)
        {
            return taken;
        }

        lock (_access)
        {
            if (_taken.Count == 0)
            {
                _movedAt = machine.GetTimestamp();
            }

            _taken.Add(taken);
        }

        // Abandoned between the queue and here: nobody else would give them back.
        if (_abandoned.IsCancellationRequested)
        {
            taken.ForEach(waiting => waiting.Detach());
        }

        return taken;
    }

    private void Return(List<WaitingBatch> taken)
    {
        lock (_access)
        {
            _taken.Remove(taken);
            _movedAt = machine.GetTimestamp();
        }
    }

    private async Task Store(WriterSession session, List<WaitingBatch> taken)
    {
        try
        {
            var outcome = await session.Store([.. taken.SelectMany(waiting => waiting.Batches)], _abandoned.Token);
            if (outcome == WriteOutcome.Stored)
            {
                changes.Announce([.. session.Customers]);
            }

            taken.ForEach(waiting => waiting.End(outcome));
        }
        catch (PostgresException exception) when (taken.Count > 1)
        {
            // Something in there that the checks let through and the database does not: it must fail alone.
            log.LogError(exception, "A transaction of {Requests} requests was refused by the database; each is tried by itself.", taken.Count);
            foreach (var waiting in taken)
            {
                await Store(session, [waiting]);
            }
        }
        catch (Exception exception)
        {
            // Whatever it is, it is the requests' answer and not the end of the writer.
            log.LogError(exception, "Events could not be stored.");
            taken.ForEach(waiting => waiting.Fail(exception));
        }
    }
}
