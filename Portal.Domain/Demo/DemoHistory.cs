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
    // Stands in the database itself, so that it can be about no other.
    private const string Unfinished = "The past of the demo is being made.";

    /// <summary>Empties a private database in which the demo was not finished, so that it is made anew: its host was stopped, and had taken nothing from anybody.</summary>
    /// <param name="connectionString">The private database; one that several hosts may use is left as it is.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task ForgetUnfinished(string connectionString, CancellationToken cancellation)
    {
        await using (var database = NpgsqlDataSource.Create(connectionString))
        await using (var ask = database.CreateCommand("SELECT obj_description(to_regclass('clock_setting'), 'pg_class')"))
        {
            if (await ask.ExecuteScalarAsync(cancellation) is not Unfinished)
            {
                return;
            }
        }

        var address = new NpgsqlConnectionStringBuilder(connectionString);
        var name = address.Database!;
        address.Database = "postgres";
        await using var server = NpgsqlDataSource.Create(address.ConnectionString);

        // In SQL: the name of the database that this host made for itself.
        await using var drop = server.CreateCommand($"DROP DATABASE \"{name}\" WITH (FORCE)");
        await drop.ExecuteNonQueryAsync(cancellation);

        // In SQL: the same name.
        await using var make = server.CreateCommand($"CREATE DATABASE \"{name}\"");
        await make.ExecuteNonQueryAsync(cancellation);
    }

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
        await Mark(database, $"'{Unfinished}'", cancellation);
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
        await Mark(database, "NULL", cancellation);
    }

    private static async Task Mark(NpgsqlDataSource database, string comment, CancellationToken cancellation)
    {
        // In SQL: a constant of this class; a comment takes no parameter.
        await using var mark = database.CreateCommand($"COMMENT ON TABLE clock_setting IS {comment}");
        await mark.ExecuteNonQueryAsync(cancellation);
    }
}
