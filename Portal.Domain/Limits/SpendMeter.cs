using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Portal.Domain.Alerts;
using Portal.Domain.Invoicing;
using Portal.Domain.Metering;
using Portal.Domain.Storage;

namespace Portal.Domain.Limits;

/// <summary>Brings customers up to date when their usage or their prices changed: spend, access, alerts and open pages.</summary>
/// <remarks>
/// A customer's first change is followed at once, further ones at most every <see cref="Pace"/>, never two at once, and none is lost: a change
/// is marked before it is read, so one that comes while the customer is being read is read again. Usage of a second node comes by the same signal;
/// what a lost notification hid is found by comparing usage versions now and then.
/// </remarks>
public sealed class SpendMeter(
    Register register,
    UsageChanges changes,
    SpendReader spends,
    AccessBook access,
    LimitAlerts alerts,
    IncludedAlerts included,
    UsageLimitAlerts parts,
    SpikeWatch spikes,
    IEnumerable<ISpendFollower> followers,
    UsageFeed feed,
    UsageVersions versions,
    TimeProvider machine,
    ILogger<SpendMeter> log) : BackgroundService, IClockFollower
{
    /// <summary>The least time between two reads of one customer.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    private const int Readers = 4;
    private const int LooksPerSweep = 15;
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<int, Turn> _turns = new();
    private readonly Channel<Turn> _due = Channel.CreateUnbounded<Turn>();
    private int _isAway;

    /// <summary>Says that customers may have changed; each is brought up to date soon.</summary>
    public void Signal(IEnumerable<int> customerIds)
    {
        foreach (var id in customerIds)
        {
            Signal(_turns.GetOrAdd(id, id => new Turn(id)), TimeSpan.Zero);
        }
    }

    /// <summary>Brings a customer up to date now, with all that is committed at the time of the call.</summary>
    public async Task BringUpToDate(int customerId, CancellationToken cancellation) =>
        await Follow(_turns.GetOrAdd(customerId, id => new Turn(id)), cancellation);

    /// <summary>Returns when a customer has been read once since the start: at once as a rule, and after two seconds whatever the database does.</summary>
    public async Task EnsureRead(int customerId, CancellationToken cancellation)
    {
        if (access.Knows(customerId))
        {
            return;
        }

        try
        {
            await BringUpToDate(customerId, cancellation).WaitAsync(s_patience, cancellation);
        }
        catch (Exception failure) when (DatabaseAway.Is(failure))
        {
            // Cap and pauses are known and hold; usage counts from 0 until it can be read.
        }
    }

    /// <summary>Brings every customer up to date now. One that cannot be is logged and left out; a database that is away is thrown.</summary>
    public Task BringAll(CancellationToken cancellation) =>
        Parallel.ForEachAsync(
            register.Now.ById.Keys,
            new ParallelOptions { MaxDegreeOfParallelism = Readers, CancellationToken = cancellation },
            async (id, token) =>
            {
                try
                {
                    await BringUpToDate(id, token);
                }
                catch (Exception failure) when (IsOneCustomers(failure, token))
                {
                    Report(id, failure);
                }
            });

    /// <inheritdoc />
    public Task CatchUp(CancellationToken cancellation) => BringAll(cancellation);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        register.Changed += Heed;
        changes.Changed += Signal;
        try
        {
            Signal(register.Now.ById.Keys);
            await Task.WhenAll([Look(stoppingToken), .. Enumerable.Range(0, Readers).Select(_ => ReadDue(stoppingToken))]);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops. What was due is due again at its next start.
        }
        finally
        {
            changes.Changed -= Signal;
            register.Changed -= Heed;
        }
    }

    private void Heed(RegisterChange change)
    {
        switch (change.Kind)
        {
            case RegisterChangeKind.Customer:
                // The cap and the pauses are in the register: the answer changes now, whatever becomes of the read.
                access.Review(change.CustomerId!.Value);
                Signal([change.CustomerId.Value]);
                break;
            case RegisterChangeKind.Catalog or RegisterChangeKind.Everything:
                Signal(register.Now.ById.Keys);
                break;
            case RegisterChangeKind.Keys or RegisterChangeKind.Company:
                break;
        }
    }

    private void Signal(Turn turn, TimeSpan notBefore)
    {
        if (Interlocked.Exchange(ref turn.IsDue, 1) == 1)
        {
            return;
        }

        var last = Interlocked.Read(ref turn.LastRead);
        var wait = last == Turn.Never ? TimeSpan.Zero : Pace - machine.GetElapsedTime(last);
        wait = wait > notBefore ? wait : notBefore;
        if (wait <= TimeSpan.Zero)
        {
            _due.Writer.TryWrite(turn);
        }
        else
        {
            _ = Task.Delay(wait, machine).ContinueWith(_ => _due.Writer.TryWrite(turn), TaskScheduler.Default);
        }
    }

    private async Task ReadDue(CancellationToken cancellation)
    {
        await foreach (var turn in _due.Reader.ReadAllAsync(cancellation))
        {
            try
            {
                await Follow(turn, cancellation);
                if (Interlocked.Exchange(ref _isAway, 0) == 1)
                {
                    log.LogInformation("The database is back: customers are brought up to date again.");
                }
            }
            catch (Exception failure) when (DatabaseAway.Is(failure))
            {
                if (Interlocked.Exchange(ref _isAway, 1) == 0)
                {
                    log.LogWarning("Customers are brought up to date when the database is back: {Reason}", failure.Message);
                }

                Signal(turn, s_retryAfter);
            }
            catch (Exception failure) when (IsOneCustomers(failure, cancellation))
            {
                Report(turn.CustomerId, failure);
            }
        }
    }

    // One customer that cannot be rated must not keep the others from being read; its next change tries again.
    private static bool IsOneCustomers(Exception failure, CancellationToken cancellation) =>
        !cancellation.IsCancellationRequested && !DatabaseAway.Is(failure);

    private void Report(int customerId, Exception failure) =>
        log.LogError(failure, "Customer {Customer} could not be brought up to date.", customerId);

    private async Task Follow(Turn turn, CancellationToken cancellation)
    {
        await turn.Reading.WaitAsync(cancellation);
        try
        {
            // From here on a change is one that this read may miss, and is due again.
            Interlocked.Exchange(ref turn.LastRead, machine.GetTimestamp());
            Interlocked.Exchange(ref turn.IsDue, 0);
            if (register.Now.ById.TryGetValue(turn.CustomerId, out var entry))
            {
                var spend = await spends.Current(entry, cancellation);
                access.Take(turn.CustomerId, spend);
                if (spend is not null)
                {
                    feed.Publish(turn.CustomerId, spend);
                    await alerts.Check(entry.Customer, spend, cancellation);
                    await included.Check(entry, spend, cancellation);
                    await parts.Check(entry, spend, cancellation);
                    await spikes.Follow(entry, cancellation);
                    foreach (var follower in followers)
                    {
                        await follower.Follow(entry, spend, cancellation);
                    }
                }
            }
        }
        finally
        {
            turn.Reading.Release();
        }
    }

    /// <summary>Looks each second for periods that are over, and now and then for usage that no signal told of.</summary>
    private async Task Look(CancellationToken cancellation)
    {
        for (var looks = 0; ; looks++)
        {
            Signal(access.Outdated());
            if (looks % LooksPerSweep == 0)
            {
                await Sweep(cancellation);
            }

            await Task.Delay(s_look, machine, cancellation);
        }
    }

    private async Task Sweep(CancellationToken cancellation)
    {
        try
        {
            Signal(await versions.Changed(cancellation));
        }
        catch (Exception failure) when (DatabaseAway.Is(failure))
        {
            log.LogWarning("Usage versions are compared when the database is back: {Reason}", failure.Message);
        }
    }

    private sealed class Turn(int customerId)
    {
        public const long Never = long.MinValue;

        // 1 from the signal until the read that follows it begins.
        public int IsDue;

        // The machine's timestamp at which the last read began.
        public long LastRead = Never;

        public int CustomerId => customerId;

        public SemaphoreSlim Reading { get; } = new(1, 1);
    }
}
