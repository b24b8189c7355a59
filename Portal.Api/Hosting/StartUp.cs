using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Domain.Demo;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api.Hosting;

/// <summary>What has to be done before the first request: migrate, restore the clock, bootstrap, seed the demo, read the register.</summary>
public sealed class StartUp(
    IDbContextFactory<PortalDb> databases,
    NpgsqlDataSource database,
    ClockStore clock,
    BusinessClock businessClock,
    TimeProvider machine,
    Bootstrap bootstrap,
    Register register,
    PortalOptions options,
    ILoggerFactory loggers)
{
    /// <summary>Whether requests can be served: true once everything here has run.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Runs the steps in order; each is safe to run again, and on two nodes at once.</summary>
    public async Task Run(CancellationToken cancellation)
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
        if (options.Demo is true)
        {
            await DemoHistory.Live(database, options, machine, businessClock.GetUtcNow(), loggers, cancellation);
        }

        await register.Apply(RegisterChange.Everything, cancellation);
        IsReady = true;
    }
}
