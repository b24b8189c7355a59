using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Domain.Storage;

namespace Portal.Tests.Shared;

/// <summary>The migrated, empty database that every test database is a copy of. Made once per run, whichever test process comes first.</summary>
internal static class TestTemplate
{
    // Any number will do, as long as every test process takes the same one.
    private const long MakingLock = 7_402_113;

    private static readonly Lazy<Task<string>> s_name = new(Make);

    /// <summary>Its name; the first to ask waits for the migrations.</summary>
    public static Task<string> Name => s_name.Value;

    /// <summary>Runs a statement about databases, on a connection of its own.</summary>
    public static async Task Administer(string sql)
    {
        await using var connection = await Open();
        await Execute(connection, sql);
    }

    private static async Task<string> Make()
    {
        // A build has a name of its own, so that a server that outlives the run never lends out an old schema.
        var name = $"template_{typeof(PortalDb).Module.ModuleVersionId:N}";
        await using var connection = await Open();
        await Execute(connection, $"SELECT pg_advisory_lock({MakingLock})");
        await using var find = new NpgsqlCommand($"SELECT count(*) FROM pg_database WHERE datname = '{name}'", connection);
        if (await find.ExecuteScalarAsync() is 0L)
        {
            // Under its final name only once it is whole: a run that is cut off in the middle leaves no half template.
            await Execute(connection, $"DROP DATABASE IF EXISTS {name}_new WITH (FORCE)");
            await Execute(connection, $"CREATE DATABASE {name}_new");
            await Migrate(await TestCluster.ConnectionTo($"{name}_new"));
            await Execute(connection, $"ALTER DATABASE {name}_new RENAME TO {name}");
        }

        return name;
    }

    private static async Task Migrate(string connectionString)
    {
        // No pool may hold on to the template: a database with a connection to it cannot be copied.
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var db = new PortalDb(new DbContextOptionsBuilder<PortalDb>().UseNpgsql(source).Options);
        await db.Database.MigrateAsync();
    }

    private static async Task<NpgsqlConnection> Open()
    {
        var unpooled = new NpgsqlConnectionStringBuilder(await TestCluster.ConnectionTo("postgres")) { Pooling = false };
        var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
