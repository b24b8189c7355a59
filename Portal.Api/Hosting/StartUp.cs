using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Domain.Demo;
using Portal.Domain.Metering.Spooling;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api.Hosting;

/// <summary>What has to be done before the first request: migrate, restore the clock, bootstrap, seed the demo, read the register.</summary>
/// <remarks>
/// A host that ran before and finds its database away does not wait with its doors closed: it takes its callers from the snapshot beside the spool,
/// accepts events there, and does the rest when the database is back. Nor does one whose demo has its past ahead: that is lived through while people see how far it is.
/// </remarks>
public sealed class StartUp(
    IDbContextFactory<PortalDb> databases,
    NpgsqlDataSource database,
    ClockStore clock,
    BusinessClock businessClock,
    TimeProvider machine,
    Bootstrap bootstrap,
    Register register,
    RegisterSnapshot snapshot,
    EventSpool spool,
    DatabaseProbe probe,
    DatabaseState state,
    PortalOptions options,
    IHostApplicationLifetime host,
    ILoggerFactory loggers)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ILogger _log = loggers.CreateLogger<StartUp>();
    private int _daysLived;

    /// <summary>Whether all requests can be served: true once everything here has run.</summary>
    public bool IsReady => _ready.Task.IsCompleted;

    /// <summary>Complete once everything here has run.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Complete unless the demo still lives through its past; it tells why where that failed.</summary>
    public Task Past { get; private set; } = Task.CompletedTask;

    /// <summary>How many days of its past the demo has lived through.</summary>
    public int DaysLived => Volatile.Read(ref _daysLived);

    /// <summary>Runs the steps, or, where the database is away and events can be taken without it, leaves the rest for when it is back.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        if (!spool.TryOpen())
        {
            _log.LogWarning("Another process owns the spool in {Folder}. This one runs without: while the database is away it takes no events. Give it a data folder of its own in Portal__DataFolder.", spool.Folder);
        }

        if (await probe.Answers() || !snapshot.TryRestore())
        {
            await Prepare(cancellation);
            if (options.Demo is true && await DemoHistory.IsAhead(databases, cancellation))
            {
                Past = LivePast(cancellation);
            }
            else
            {
                await Open(cancellation);
            }

            return;
        }

        state.Lose("It did not answer at the start.");
        _log.LogWarning("The database does not answer. Events are taken into {Folder} meanwhile; everything else waits.", spool.Folder);
        _ = FinishLater(cancellation);
    }

    private async Task FinishLater(CancellationToken cancellation)
    {
        try
        {
            while (!await TryFinish(cancellation))
            {
                await Task.Delay(s_look, machine, cancellation);
            }

            _log.LogInformation("The database is back, and the start is complete.");
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Asked to stop before the database was back: what the spool holds is replayed by the next start.
        }
        catch (Exception failure)
        {
            _log.LogCritical(failure, "The start could not be completed when the database was back, so the host stops. What the spool holds is safe there.");
            host.StopApplication();
        }
    }

    private async Task<bool> TryFinish(CancellationToken cancellation)
    {
        if (state.Standing == DatabaseStanding.Away)
        {
            return false;
        }

        try
        {
            await Prepare(cancellation);
            await Open(cancellation);
            return true;
        }
        catch (Exception failure) when (DatabaseAway.Is(failure))
        {
            return false;
        }
    }

    // In order; each step is safe to run again, and on two nodes at once.
    private async Task Prepare(CancellationToken cancellation)
    {
        await using (var db = await databases.CreateDbContextAsync(cancellation))
        {
            await db.Database.MigrateAsync(cancellation);
        }

        // Without the sandbox, business time is real time, whatever an earlier sandbox left in the database.
        if (options.Sandbox is true)
        {
            await clock.Restore(Instants.TryParse(options.SandboxClock, out var setting) ? setting : null, cancellation);
        }

        await bootstrap.Run(options.Bootstrap, cancellation);
    }

    private async Task LivePast(CancellationToken cancellation)
    {
        await DemoHistory.Live(database, options, machine, businessClock.GetUtcNow(), day => Volatile.Write(ref _daysLived, day), loggers, cancellation);
        await Open(cancellation);
    }

    private async Task Open(CancellationToken cancellation)
    {
        await register.Apply(RegisterChange.Everything, cancellation);
        state.Prepare();
        _ready.TrySetResult();
    }
}
