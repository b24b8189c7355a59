using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Domain.Storage;

namespace Portal.Domain.Tests.Storage;

public sealed class EmbeddedPostgresTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly string _dataFolder = Directory.CreateTempSubdirectory("portal-embedded-").FullName;

    public EmbeddedPostgresTests() =>
        // As root, the database runs as another user, who must be able to pass through.
        File.SetUnixFileMode(_dataFolder, File.GetUnixFileMode(_dataFolder) | UnixFileMode.OtherExecute);

    public void Dispose() => Directory.Delete(_dataFolder, recursive: true);

    [Fact]
    public async Task What_was_stored_is_there_after_a_stop_and_a_start()
    {
        await using (var first = await Start())
        {
            await Execute(first, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)");
        }

        Assert.Empty(Postmaster.ProcessesIn(DatabaseFolder));
        await using var second = await Start();
        Assert.Equal(7, await Ask<int>(second, "SELECT n FROM kept"));
    }

    [Fact]
    public async Task A_commit_waits_for_the_disk_and_pages_carry_checksums()
    {
        await using var postgres = await Start();
        Assert.Equal("on", await Ask<string>(postgres, "SHOW fsync"));
        Assert.Equal("on", await Ask<string>(postgres, "SHOW synchronous_commit"));
        Assert.Equal("on", await Ask<string>(postgres, "SHOW full_page_writes"));
        Assert.Equal("on", await Ask<string>(postgres, "SHOW data_checksums"));
        Assert.Equal("UTF8", await Ask<string>(postgres, "SHOW server_encoding"));
        Assert.Equal("C", await Ask<string>(postgres, "SELECT datcollate::text FROM pg_database WHERE datname = current_database()"));
    }

    [Fact]
    public async Task Nobody_but_its_own_user_can_reach_it()
    {
        await using var postgres = await Start();
        Assert.Equal("", await Ask<string>(postgres, "SHOW listen_addresses"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(DatabaseFolder));
    }

    [Fact]
    public async Task A_second_host_on_the_same_folder_is_turned_away_and_the_first_goes_on()
    {
        await using var first = await Start();
        var refused = await Assert.ThrowsAsync<StartException>(Start);
        Assert.Contains($"Another Portal (process {Environment.ProcessId}) already runs on the data folder {_dataFolder}", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, await Ask<int>(first, "SELECT 1"));
    }

    [Fact]
    public async Task A_database_that_a_killed_host_left_running_is_stopped_and_started_anew()
    {
        // A host that is killed never gets to dispose: its database goes on without it.
        var orphan = await PostgresServer.Prepare(DatabaseFolder, NullLogger.Instance, CancellationToken.None);
        await orphan.Start(CancellationToken.None);
        var left = orphan.Running()!.ProcessId;

        await using var postgres = await Start();
        Assert.NotEqual(left, Postmaster.Read(DatabaseFolder)!.ProcessId);
        Assert.Equal(1, await Ask<int>(postgres, "SELECT 1"));
    }

    [Fact]
    public async Task A_process_number_given_to_another_program_does_not_keep_it_from_starting()
    {
        await (await Start()).DisposeAsync();
        await File.WriteAllTextAsync(Postmaster.FileIn(DatabaseFolder), $"{Environment.ProcessId}\n{DatabaseFolder}\n");

        await using var postgres = await Start();
        Assert.Equal(1, await Ask<int>(postgres, "SELECT 1"));
    }

    [Fact]
    public async Task A_database_that_is_killed_under_the_host_comes_back_with_what_was_committed()
    {
        await using var postgres = await Start();
        await Execute(postgres, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)");
        using (var postmaster = Process.GetProcessById(Postmaster.Read(DatabaseFolder)!.ProcessId))
        {
            postmaster.Kill();
        }

        Assert.Equal(7, await AskUntilAnswered<int>(postgres, "SELECT n FROM kept"));
    }

    [Fact]
    public async Task A_first_start_that_was_cut_off_is_begun_again()
    {
        Directory.CreateDirectory(DatabaseFolder + ".new");
        await File.WriteAllTextAsync(Path.Combine(DatabaseFolder + ".new", "PG_VERSION"), "15\n");

        await using var postgres = await Start();
        Assert.Equal(1, await Ask<int>(postgres, "SELECT 1"));
    }

    [Fact]
    public async Task A_path_too_long_for_a_socket_gets_a_private_socket_folder_elsewhere()
    {
        var deep = Path.Combine(_dataFolder, new string('d', 100));
        await using var postgres = await EmbeddedPostgres.Start(deep, NullLogger.Instance, CancellationToken.None);
        Assert.Equal(1, await Ask<int>(postgres, "SELECT 1"));
        var host = new NpgsqlConnectionStringBuilder(postgres.ConnectionString).Host!;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(host));
        await postgres.DisposeAsync();
        Directory.Delete(host, recursive: true);
    }

    [Fact]
    public async Task A_folder_that_holds_something_else_is_left_alone()
    {
        Directory.CreateDirectory(DatabaseFolder);
        await File.WriteAllTextAsync(Path.Combine(DatabaseFolder, "letter.txt"), "mine");
        await HandToTheServersUser(DatabaseFolder);

        var refused = await Assert.ThrowsAsync<StartException>(Start);
        Assert.Contains("holds no PostgreSQL database", refused.Message, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(DatabaseFolder, "letter.txt")));
    }

    [Fact]
    public async Task A_database_of_another_version_names_the_package_that_opens_it()
    {
        Directory.CreateDirectory(DatabaseFolder);
        await File.WriteAllTextAsync(Path.Combine(DatabaseFolder, "PG_VERSION"), "9\n");
        await HandToTheServersUser(DatabaseFolder);

        var refused = await Assert.ThrowsAsync<StartException>(Start);
        Assert.Contains("Install Debian's package postgresql-9", refused.Message, StringComparison.Ordinal);
    }

    [FactAsRoot]
    public async Task A_folder_closed_to_the_databases_user_is_named_with_the_remedy()
    {
        var closed = Path.Combine(_dataFolder, "closed");
        Directory.CreateDirectory(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var refused = await Assert.ThrowsAsync<StartException>(
            () => EmbeddedPostgres.Start(Path.Combine(closed, "deep", "var"), NullLogger.Instance, CancellationToken.None));
        Assert.Contains($"The folder {closed} is closed to the user 'postgres'", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"chmod o+x {closed}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_server_programs_it_says_which_package_to_install()
    {
        var refused = await Assert.ThrowsAsync<StartException>(() => PostgresPrograms.Find([_dataFolder], made: null, CancellationToken.None));
        Assert.Contains("apt-get install postgresql", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_setting_that_PostgreSQL_refuses_is_shown_from_its_log()
    {
        await (await Start()).DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(DatabaseFolder, "local.conf"), "shared_buffers = 'plenty'\n");

        var refused = await Assert.ThrowsAsync<StartException>(Start);
        Assert.Contains("invalid value for parameter \"shared_buffers\"", refused.Message, StringComparison.Ordinal);
    }

    private string DatabaseFolder => Path.Combine(_dataFolder, "postgres");

    private Task<EmbeddedPostgres> Start() => EmbeddedPostgres.Start(_dataFolder, NullLogger.Instance, CancellationToken.None);

    private static async Task HandToTheServersUser(string folder)
    {
        if (Environment.IsPrivilegedProcess)
        {
            using var chown = Process.Start("chown", ["postgres", folder]);
            await chown.WaitForExitAsync();
        }
    }

    private static async Task Execute(EmbeddedPostgres postgres, string sql)
    {
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<T> Ask<T>(EmbeddedPostgres postgres, string sql)
    {
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return Assert.IsType<T>(await command.ExecuteScalarAsync());
    }

    private static async Task<T> AskUntilAnswered<T>(EmbeddedPostgres postgres, string sql)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return await Ask<T>(postgres, sql);
            }
            catch (NpgsqlException) when (watch.Elapsed < s_patience)
            {
                await Task.Delay(50);
            }
        }
    }
}

/// <summary>A test of what only root meets.</summary>
public sealed class FactAsRootAttribute : FactAttribute
{
    public FactAsRootAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Skip = "Only root starts the database as another user; this run is not root's.";
        }
    }
}
