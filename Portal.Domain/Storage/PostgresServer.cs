using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Portal.Domain.Storage;

/// <summary>One private PostgreSQL server in one data folder: making it, starting it, stopping it, clearing up after a crash.</summary>
internal sealed class PostgresServer
{
    // A socket's whole path must fit into 107 bytes, its name and that of its lock file included.
    private const int SocketFolderMax = 107 - 24;
    private const int LogLinesShown = 12;
    private const long LogBytesMax = 10 * 1024 * 1024;
    private static readonly TimeSpan s_stopMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_leftoversMax = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);

    private readonly PostgresPrograms _programs;
    private readonly ServerAccount _account;
    private readonly ILogger _logger;

    private PostgresServer(PostgresPrograms programs, ServerAccount account, string folder, string socketFolder, ILogger logger)
    {
        _programs = programs;
        _account = account;
        _logger = logger;
        Folder = folder;
        SocketFolder = socketFolder;
    }

    /// <summary>The real path of the data folder.</summary>
    public string Folder { get; }

    /// <summary>The folder of the Unix socket, closed to other users.</summary>
    public string SocketFolder { get; }

    private string Log => Path.Combine(Folder, "server.log");

    /// <summary>Finds the programs and the user to run them as, makes the database files where there are none, and writes the settings.</summary>
    /// <param name="folder">Full path; its parent exists.</param>
    /// <param name="logger">Told about what takes a while.</param>
    /// <param name="cancellation">Ends the wait; half-made files are thrown away at the next start.</param>
    public static async Task<PostgresServer> Prepare(string folder, ILogger logger, CancellationToken cancellation)
    {
        folder = (await ChildProgram.Run(["readlink", "-m", "--", folder], cancellation)).Output;
        var account = await ServerAccount.For(folder, cancellation);
        var made = await VersionOf(folder, cancellation);
        var programs = await PostgresPrograms.Find(PostgresPrograms.UsualFolders(), made, cancellation);
        await account.MustReach(Path.GetDirectoryName(folder)!, cancellation);

        var socketFolder = await SocketFolderFor(folder, account, cancellation);
        var server = new PostgresServer(programs, account, folder, socketFolder, logger);
        if (made is null)
        {
            await server.Initialize(cancellation);
        }

        await server.WriteSettings(cancellation);
        return server;
    }

    /// <summary>Starts the server and returns when it takes connections. One that an earlier host left running is stopped first.</summary>
    public async Task Start(CancellationToken cancellation)
    {
        if (Running() is { } left)
        {
            // Its sessions belong to a host that is gone: stopping it ends them, and the new one starts with the settings of today.
            _logger.LogInformation("PostgreSQL (process {Process}) still runs from an earlier start; stopping it first.", left.ProcessId);
            if (!await Stop())
            {
                throw new StartException($"PostgreSQL (process {left.ProcessId}) still runs in {Folder} from an earlier start and does not stop. "
                    + $"End it (kill -INT {left.ProcessId}), then start again.");
            }
        }

        await ClearLeftovers(cancellation);
        ShortenLog();
        // The wait is long because it covers the recovery after a crash; a server that fails ends it at once.
        var starting = Control(["start", "-w", "-t", "600", "-l", Log], CancellationToken.None);
        try
        {
            await starting.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            // Stopped in order rather than killed in the middle: the second time for a server that was not yet to be seen the first time.
            await Stop();
            await starting;
            await Stop();
            throw;
        }

        var started = await starting;
        if (!started.Succeeded)
        {
            throw new StartException($"PostgreSQL did not start in {Folder}. The end of its log ({Log}):{Environment.NewLine}{EndOfLog(started.Output)}");
        }
    }

    /// <summary>Stops the server: open transactions are rolled back, everything committed is on the disk.</summary>
    /// <returns>Whether it is gone; false where it did not stop in a minute, and goes on stopping.</returns>
    public async Task<bool> Stop()
    {
        if (Running() is not { } running)
        {
            return true;
        }

        await Control(["stop", "-m", "fast", "-W"], CancellationToken.None);
        return await Until(() => !running.IsAlive(), s_stopMax, CancellationToken.None);
    }

    /// <summary>The server's main process, where it lives.</summary>
    public Postmaster? Running() => Postmaster.Read(Folder) is { } postmaster && postmaster.IsAlive() ? postmaster : null;

    private async Task Initialize(CancellationToken cancellation)
    {
        // Made aside and renamed: a start that was cut off leaves no half database under the final name.
        var aside = Folder + ".new";
        _logger.LogInformation("First start: making a private PostgreSQL {Version} database in {Folder}.", _programs.Version, Folder);
        if (Directory.Exists(aside))
        {
            Directory.Delete(aside, recursive: true);
        }

        await _account.MakePrivateFolder(aside, cancellation);
        // Whoever may enter the socket's folder is the server's own user or root, so the socket asks for no password; TCP is refused.
        var made = await ChildProgram.Run(
            _account.CommandLine([_programs.PathOf("initdb"), "--pgdata", aside, "--username", EmbeddedPostgres.User, "--encoding", "UTF8",
                "--locale", "C.UTF-8", "--lc-collate", "C", "--data-checksums", "--auth-local", "trust", "--auth-host", "reject"]),
            cancellation);
        if (!made.Succeeded)
        {
            throw new StartException($"The private database could not be made in {Folder}. PostgreSQL's initdb says:{Environment.NewLine}{made.Output}");
        }

        Directory.Move(aside, Folder);
    }

    private async Task WriteSettings(CancellationToken cancellation)
    {
        var ours = PostgresSettings.Text(SocketFolder, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        var local = Path.Combine(Folder, "local.conf");
        var theirs = File.Exists(local) ? await File.ReadAllTextAsync(local, cancellation) : "";
        await File.WriteAllTextAsync(Path.Combine(Folder, "postgresql.conf"), ours + theirs, cancellation);
    }

    private async Task ClearLeftovers(CancellationToken cancellation)
    {
        if (Postmaster.Read(Folder) is not null)
        {
            _logger.LogInformation("PostgreSQL was not stopped in order last time; it recovers from its log now.");
        }

        // A dead server's children end by themselves when they notice. Until then a second server must not touch the files.
        if (!await Until(() => Postmaster.ProcessesIn(Folder).Count == 0, s_leftoversMax, cancellation))
        {
            var left = string.Join(" ", Postmaster.ProcessesIn(Folder).Select(id => id.ToString(CultureInfo.InvariantCulture)));
            throw new StartException($"Processes of an earlier PostgreSQL still work in {Folder}: {left}. Wait for them or end them (kill {left}), then start again.");
        }

        // PostgreSQL would refuse to start where the dead one's process number has been given to another process, or waits to be collected.
        File.Delete(Postmaster.FileIn(Folder));
        File.Delete(Path.Combine(SocketFolder, $".s.PGSQL.{EmbeddedPostgres.Port}.lock"));
    }

    private Task<ProgramOutcome> Control(IEnumerable<string> arguments, CancellationToken cancellation) =>
        ChildProgram.Run(_account.CommandLine([_programs.PathOf("pg_ctl"), .. arguments, "-D", Folder]), cancellation);

    private void ShortenLog()
    {
        if (new FileInfo(Log) is { Exists: true, Length: > LogBytesMax })
        {
            File.Move(Log, Log + ".old", overwrite: true);
        }
    }

    private string EndOfLog(string otherwise) =>
        File.Exists(Log) ? string.Join(Environment.NewLine, File.ReadLines(Log).TakeLast(LogLinesShown)) : otherwise;

    private static async Task<string> SocketFolderFor(string folder, ServerAccount account, CancellationToken cancellation)
    {
        if (Encoding.UTF8.GetByteCount(folder) <= SocketFolderMax)
        {
            return folder;
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..12];
        var elsewhere = Path.Combine(Path.GetTempPath(), $"portal-{hash}");
        if (!Directory.Exists(elsewhere))
        {
            await account.MakePrivateFolder(elsewhere, cancellation);
        }

        // The temporary folder is everybody's: what lies under this name may be somebody else's.
        return await account.OwnsAlone(elsewhere, cancellation)
            ? elsewhere
            : throw new StartException($"The path {folder} is too long for a Unix socket, and {elsewhere}, where it would go instead, is not a private folder "
                + $"of the user '{account.User}'. Remove that folder, or set Portal__DataFolder to a shorter path.");
    }

    private static async Task<int?> VersionOf(string folder, CancellationToken cancellation)
    {
        var file = Path.Combine(folder, "PG_VERSION");
        if (File.Exists(file))
        {
            return int.Parse(await File.ReadAllTextAsync(file, cancellation), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
        }

        return !Directory.Exists(folder)
            ? null
            : throw new StartException($"The folder {folder} is there but holds no PostgreSQL database. Move it away, or set Portal__DataFolder to another folder.");
    }

    private static async Task<bool> Until(Func<bool> holds, TimeSpan atMost, CancellationToken cancellation)
    {
        for (var waited = TimeSpan.Zero; !holds(); waited += s_poll)
        {
            if (waited >= atMost)
            {
                return false;
            }

            await Task.Delay(s_poll, cancellation);
        }

        return true;
    }
}
