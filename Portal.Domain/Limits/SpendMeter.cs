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

    // So many are read in one query: more would keep the first one waiting for the last.
    private const int BatchMost = 200;
    private const int LooksPerSweep = 15;
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<int, SpendTurn> _turns = new();
    private readonly Channel<SpendTurn> _due = Channel.CreateUnbounded<SpendTurn>();
    private int _isAway;

    /// <summary>Says that customers may have changed; each is brought up to date soon.</summary>
    public void Signal(IEnumerable<int> customerIds)
    {
        foreach (var id in customerIds)
        {
            Signal(_turns.GetOrAdd(id, id => new SpendTurn(id)), TimeSpan.Zero);
        }
    }

    /// <summary>Brings a customer up to date now, with all that is committed at the time of the call.</summary>
    public async Task BringUpToDate(int customerId, CancellationToken cancellation) =>
        await Follow(_turns.GetOrAdd(customerId, id => new SpendTurn(id)), cancellation);

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
            register.Now.ById.Keys.Select(id => _turns.GetOrAdd(id, id => new SpendTurn(id))).Chunk(BatchMost),
            new ParallelOptions { MaxDegreeOfParallelism = Readers, CancellationToken = cancellation }, async (turns, token) => await Follow(turns, token));

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

    private void Signal(SpendTurn turn, TimeSpan notBefore)
    {
        if (Interlocked.Exchange(ref turn.IsDue, 1) == 1)
        {
            return;
        }

        var last = Interlocked.Read(ref turn.LastRead);
        var wait = last == SpendTurn.Never ? TimeSpan.Zero : Pace - machine.GetElapsedTime(last);
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
        var turns = new List<SpendTurn>(BatchMost);
        while (await _due.Reader.WaitToReadAsync(cancellation))
        {
            for (turns.Clear(); turns.Count < BatchMost && _due.Reader.TryRead(out var turn);)
            {
                turns.Add(turn);
            }

            try
            {
                await Follow(turns, cancellation);
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

                turns.ForEach(turn => Signal(turn, s_retryAfter));
            }
        }
    }

    private static bool IsOneCustomers(Exception failure, CancellationToken cancellation) =>
        !cancellation.IsCancellationRequested && !DatabaseAway.Is(failure);

    private void Report(int customerId, Exception failure) =>
        log.LogError(failure, "Customer {Customer} could not be brought up to date.", customerId);

    private async Task Follow(SpendTurn turn, CancellationToken cancellation)
    {
        await turn.Reading.WaitAsync(cancellation);
        await Read([turn], failure => throw failure, cancellation);
    }

    /// <summary>Follows customers together, in as few queries as one would take. One that cannot be followed is logged and left out.</summary>
    private async Task Follow(IReadOnlyCollection<SpendTurn> turns, CancellationToken cancellation)
    {
        // Who is being read by somebody else is read on its own afterwards, so that it holds nobody up.
        var free = turns.Where(turn => turn.Reading.Wait(0)).ToList();
        var alone = turns.Except(free).ToList();
        try
        {
            await Read(free, null, cancellation);
        }
        catch (Exception failure) when (IsOneCustomers(failure, cancellation))
        {
            log.LogError(failure, "Customers could not be read together: each is read on its own.");
            alone = [.. turns];
        }

        foreach (var turn in alone)
        {
            try
            {
                await Follow(turn, cancellation);
            }
            catch (Exception failure) when (IsOneCustomers(failure, cancellation))
            {
                Report(turn.CustomerId, failure);
            }
        }
    }

    // The caller holds the turns, which are given back here.
    private async Task Read(List<SpendTurn> turns, Action<Exception>? failed, CancellationToken cancellation)
    {
        try
        {
            foreach (var turn in turns)
            {
                // From here on a change is one that this read may miss, and is due again.
                Interlocked.Exchange(ref turn.LastRead, machine.GetTimestamp());
                Interlocked.Exchange(ref turn.IsDue, 0);
            }

            var known = register.Now.ById;
            var entries = turns.Select(turn => known.GetValueOrDefault(turn.CustomerId)).OfType<CustomerEntry>().ToList();
            var read = await spends.Current(entries, access.NeedsVersion, Fail, cancellation);
            foreach (var entry in entries.Where(entry => read.ContainsKey(entry.Customer.Id)))
            {
                try
                {
                    await Take(entry, read[entry.Customer.Id], cancellation);
                }
                catch (Exception failure) when (IsOneCustomers(failure, cancellation))
                {
                    Fail(entry, failure);
                }
            }

            await spikes.Follow([.. entries.Where(entry => read.GetValueOrDefault(entry.Customer.Id) is not null)], cancellation);
        }
        finally
        {
            turns.ForEach(turn => turn.Reading.Release());
        }

        void Fail(CustomerEntry entry, Exception failure)
        {
            Report(entry.Customer.Id, failure);
            failed?.Invoke(failure);
        }
    }

    private async Task Take(CustomerEntry entry, Spend? spend, CancellationToken cancellation)
    {
        access.Take(entry.Customer.Id, spend);
        if (spend is not null)
        {
            feed.Publish(entry.Customer.Id, spend);
            await alerts.Check(entry.Customer, spend, cancellation);
            await included.Check(entry, spend, cancellation);
            await parts.Check(entry, spend, cancellation);
            foreach (var follower in followers)
            {
                await follower.Follow(entry, spend, cancellation);
            }
        }
    }

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
}
