using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Demo;

/// <summary>Lives through the demo's history before the host serves its first figure, on services whose business clock starts in the past.</summary>
public static class DemoHistory
{
    /// <summary>Whether there is no customer yet.</summary>
    public static async Task<bool> IsAhead(IDbContextFactory<PortalDb> databases, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return !await db.Customers.AnyAsync(cancellation);
    }

    /// <summary>Seeds the demo of a system without customers.</summary>
    /// <param name="database">The host's database, migrated.</param>
    /// <param name="options">The host's settings.</param>
    /// <param name="machine">The machine's clock.</param>
    /// <param name="now">The business time at which the history ends.</param>
    /// <param name="lived">Told of each day that is over: how many are.</param>
    /// <param name="loggers">The host's loggers.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task Live(
        NpgsqlDataSource database, PortalOptions options, TimeProvider machine, DateTimeOffset now, Action<int> lived, ILoggerFactory loggers, CancellationToken cancellation)
    {
        var services = new ServiceCollection();
        services.AddSingleton(loggers);
        services.AddLogging();
        services.AddSingleton(options);
        services.AddSingleton(machine);
        services.AddPortalDomain(database.ConnectionString);
        services.AddSingleton(database);

        // Nobody watches the past: figures are brought up to date at its end, and its mails wait for the host to send them.
        services.RemoveAll<IClockFollower>();
        await using var provider = services.BuildServiceProvider();

        loggers.CreateLogger(typeof(DemoHistory)).LogInformation("The demo lives through its past {Days} days, by the code that real months run: a quarter of a minute or so, once.", DemoSeed.Days);
        var clock = provider.GetRequiredService<BusinessClock>();
        clock.StartAt(now.AddDays(-DemoSeed.Days));
        await provider.GetRequiredService<PartitionRun>().Run(clock.GetUtcNow(), cancellation);
        await provider.GetRequiredService<Register>().Apply(RegisterChange.Everything, cancellation);
        var writer = provider.GetRequiredService<EventWriter>();
        await writer.StartAsync(cancellation);
        try
        {
            await provider.GetRequiredService<DemoSeed>().Run(now, lived, cancellation);
        }
        finally
        {
            await writer.StopAsync(CancellationToken.None);
        }

        // The history's clock is not the host's: without a setting of its own, the host runs on real time.
        await using var db = await provider.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync(cancellation);
        await db.ClockSettings.ExecuteDeleteAsync(cancellation);
    }
}
