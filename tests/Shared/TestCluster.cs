using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Domain.Storage;

namespace Portal.Tests.Shared;

/// <summary>The PostgreSQL server of this test run: the one that <c>./test</c> started, or a private one that ends with this process.</summary>
public static class TestCluster
{
    /// <summary>The environment variable in which <c>./test</c> names its server.</summary>
    public const string Variable = "PORTAL_TEST_POSTGRES";

    private static readonly Lazy<Task<string>> s_server = new(() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? Task.FromResult(given) : StartOwn());

    /// <summary>The connection string of a database of this server, as a superuser.</summary>
    public static async Task<string> ConnectionTo(string database) =>
        new NpgsqlConnectionStringBuilder(await s_server.Value) { Database = database }.ConnectionString;

    private static async Task<string> StartOwn()
    {
        var folder = Directory.CreateTempSubdirectory("portal-test-").FullName;
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherExecute);
        StopWithThisProcess(folder);

        var postgres = await EmbeddedPostgres.Start(folder, NullLogger.Instance, CancellationToken.None);
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using var command = source.CreateCommand("ALTER SYSTEM SET fsync = off");
        await command.ExecuteNonQueryAsync();
        command.CommandText = "SELECT pg_reload_conf()";
        await command.ExecuteNonQueryAsync();
        return postgres.ConnectionString;
    }

    // A test host is killed a moment after its last test: no code of its own is sure to run then, so a guard outside waits for its end.
    private static void StopWithThisProcess(string folder)
    {
        const string guard = """
            while [ -d "/proc/$1" ]; do sleep 0.5; done
            server=$(head -n 1 "$2/postgres/postmaster.pid") && kill -INT "$server"
            while [ -n "$server" ] && [ -e "/proc/$server/cwd/." ]; do sleep 0.1; done
            rm -rf "$2"
            """;
        var process = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        using var _ = Process.Start("setsid", ["--fork", "sh", "-c", $"({guard}) > /dev/null 2>&1 < /dev/null", "guard", process, folder]);
    }
}
