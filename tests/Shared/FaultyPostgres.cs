using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Domain.Storage;

namespace Portal.Tests.Shared;

/// <summary>A PostgreSQL server of its own that a test stops, freezes and kills. Nobody starts it again but the test.</summary>
public sealed class FaultyPostgres : IAsyncDisposable
{
    private readonly PostgresServer _server;

    private FaultyPostgres(PostgresServer server) => _server = server;

    /// <summary>The database, as its owner.</summary>
    public string ConnectionString => ConnectionTo("portal");

    /// <summary>Makes and starts one.</summary>
    /// <param name="folder">An empty folder that the server's user can enter.</param>
    public static async Task<FaultyPostgres> Start(string folder)
    {
        var postgres = new FaultyPostgres(await PostgresServer.Prepare(Path.Combine(folder, "postgres"), NullLogger.Instance, CancellationToken.None));

        // A killed process loses nothing that it gave to the kernel; only a power failure would.
        await File.WriteAllTextAsync(Path.Combine(postgres._server.Folder, "local.conf"), "fsync = off\n");
        postgres = new FaultyPostgres(await PostgresServer.Prepare(Path.Combine(folder, "postgres"), NullLogger.Instance, CancellationToken.None));
        await postgres.Start();
        await postgres.Execute("CREATE DATABASE portal", "postgres");
        return postgres;
    }

    /// <summary>Starts it, after a stop or a kill.</summary>
    public Task Start() => _server.Start(CancellationToken.None);

    /// <summary>Stops it as an administrator does: sessions are ended.</summary>
    public Task Stop() => _server.Stop();

    /// <summary>Has all of its processes stand still (SIGSTOP): it neither answers nor refuses.</summary>
    public Task Freeze() => Signal("STOP", Processes());

    /// <summary>Lets them go on.</summary>
    public Task Thaw() => Signal("CONT", Processes());

    /// <summary>Ends its main process without warning (SIGKILL); its children follow by themselves.</summary>
    public Task Kill() => Signal("KILL", [_server.Running()!.ProcessId]);

    /// <summary>A folder for a tablespace, owned by the server's user.</summary>
    public async Task Own(string folder)
    {
        using var owner = Process.Start("chown", ["--reference", _server.Folder, folder]);
        await owner.WaitForExitAsync();
    }

    /// <summary>Ends one of its processes that serve a connection (SIGKILL), which makes the server end all others and recover.</summary>
    public async Task KillBackend()
    {
        var backend = await Scalar<int>("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY query_start DESC LIMIT 1");
        await Signal("KILL", [backend]);
    }

    /// <summary>Runs a statement on a connection of its own, which is tried while the server recovers.</summary>
    public async Task Execute(string sql, string database = "portal")
    {
        await using var connection = await Open(database);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Asks for one value.</summary>
    public async Task<T> Scalar<T>(string sql)
    {
        await using var connection = await Open("portal");
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server.Running() is not null)
        {
            await Thaw();
            await Stop();
        }
    }

    private async Task<NpgsqlConnection> Open(string database)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionTo(database))
            {
                // A server that is set read-only must take the statement that ends it.
                Pooling = false, Options = "-c default_transaction_read_only=off",
            }.ConnectionString);
            try
            {
                await connection.OpenAsync();
                return connection;
            }
            catch (NpgsqlException) when (watch.Elapsed < TimeSpan.FromSeconds(30))
            {
                await connection.DisposeAsync();
            }
        }
    }

    private string ConnectionTo(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = _server.SocketFolder, Port = EmbeddedPostgres.Port, Username = EmbeddedPostgres.User, Database = database, SslMode = SslMode.Disable,
    }.ConnectionString;

    private IReadOnlyList<int> Processes() => Postmaster.ProcessesIn(_server.Folder);

    private static async Task Signal(string signal, IEnumerable<int> processes)
    {
        using var kill = Process.Start("kill", [$"-{signal}", .. processes.Select(id => id.ToString(CultureInfo.InvariantCulture))]);
        await kill.WaitForExitAsync();
    }
}
