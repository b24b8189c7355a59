using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Portal.Domain.Storage;

/// <summary>The private PostgreSQL of a host that was given no connection string: started before the host, watched while it runs, stopped after it.</summary>
/// <remarks>It listens on a Unix socket in a closed folder and nowhere else. One host owns the data folder at a time.</remarks>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    internal const string User = "portal";
    internal const int Port = 5432;
    private const string Database = "portal";

    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_restartPauseMax = TimeSpan.FromSeconds(30);

    // Whoever stops the database on purpose (a copy of the files, a test) gets this long before it is started again.
    private static readonly TimeSpan s_stoppedOnPurpose = TimeSpan.FromSeconds(60);

    private readonly FileStream _lock;
    private readonly PostgresServer _server;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _watch;
    private bool _disposed;

    private EmbeddedPostgres(FileStream folderLock, PostgresServer server, ILogger logger)
    {
        _lock = folderLock;
        _server = server;
        _logger = logger;
        ConnectionString = ConnectionTo(server.SocketFolder, Database);
        _watch = Task.Run(() => Watch(_stopping.Token));
    }

    /// <summary>The database <c>portal</c> of this server, as its owner.</summary>
    public string ConnectionString { get; }

    /// <summary>Starts the database in <c>&lt;dataFolder&gt;/postgres</c>, making it at the first start, and returns when it takes connections.</summary>
    /// <param name="dataFolder">The host's data folder; made where it is missing.</param>
    /// <param name="logger">Told what is done and what goes wrong later.</param>
    /// <param name="cancellation">Gives the start up; whatever was started by then is stopped again.</param>
    /// <exception cref="StartException">It cannot start; the message is for the person at the console.</exception>
    public static async Task<EmbeddedPostgres> Start(string dataFolder, ILogger logger, CancellationToken cancellation)
    {
        dataFolder = Path.GetFullPath(dataFolder);
        var folderLock = TakeLock(dataFolder);
        PostgresServer? server = null;
        try
        {
            server = await PostgresServer.Prepare(Path.Combine(dataFolder, "postgres"), logger, cancellation);
            await server.Start(cancellation);
            await MakeDatabase(server, cancellation);
            logger.LogInformation("PostgreSQL runs in {Folder}.", server.Folder);
            return new EmbeddedPostgres(folderLock, server, logger);
        }
        catch
        {
            await (server?.Stop() ?? Task.FromResult(true));
            await folderLock.DisposeAsync();
            throw;
        }
    }

    /// <summary>The database that a running host owns in a data folder, for a command beside it; null where none runs there.</summary>
    public static string? RunningIn(string dataFolder) => Postmaster.SocketFolderOf(Path.Combine(Path.GetFullPath(dataFolder), "postgres")) is { } sockets
        ? ConnectionTo(sockets, Database)
        : null;

    /// <summary>Stops the database in order and gives the data folder free. To be called after the host has drained.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _stopping.CancelAsync();
        await _watch;
        if (!await _server.Stop())
        {
            _logger.LogWarning("PostgreSQL in {Folder} takes more than a minute to stop. It goes on by itself; the next start waits for it.", _server.Folder);
        }

        await _lock.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task Watch(CancellationToken cancellation)
    {
        var absent = TimeSpan.Zero;
        var crashed = false;
        var pause = s_look;
        while (await Paused(s_look, cancellation))
        {
            if (_server.Running() is not null)
            {
                absent = TimeSpan.Zero;
                pause = s_look;
                continue;
            }

            if (absent == TimeSpan.Zero)
            {
                // A clean stop removes the pid file, a crash leaves it.
                crashed = Postmaster.Read(_server.Folder) is not null;
                _logger.LogWarning("PostgreSQL in {Folder} {Happened}. It is started again {When}.", _server.Folder,
                    crashed ? "has crashed" : "was stopped by somebody else", crashed ? "now" : $"in {s_stoppedOnPurpose.TotalSeconds:0} s, unless somebody else does");
            }

            absent += s_look;
            if ((crashed || absent >= s_stoppedOnPurpose) && !await StartAgain(cancellation))
            {
                pause = pause * 2 < s_restartPauseMax ? pause * 2 : s_restartPauseMax;
                await Paused(pause, cancellation);
            }
        }
    }

    private async Task<bool> StartAgain(CancellationToken cancellation)
    {
        try
        {
            await _server.Start(cancellation);
            _logger.LogInformation("PostgreSQL runs again in {Folder}.", _server.Folder);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (Exception e) when (e is StartException or IOException or UnauthorizedAccessException)
        {
            _logger.LogError(e, "PostgreSQL could not be started again; the next attempt follows.");
            return false;
        }
    }

    private static async Task<bool> Paused(TimeSpan pause, CancellationToken cancellation)
    {
        await Task.Delay(pause, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !cancellation.IsCancellationRequested;
    }

    private static FileStream TakeLock(string dataFolder)
    {
        var file = Path.Combine(dataFolder, "postgres.lock");
        var holder = Path.Combine(dataFolder, "postgres.host");
        try
        {
            Directory.CreateDirectory(dataFolder);
            // The kernel lets go of it when the process ends, however it ends.
            var taken = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(holder, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return taken;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StartException($"The data folder {dataFolder} is not writable for the user '{Environment.UserName}'. "
                + "Hand it over (chown) or name another one in Portal__DataFolder.", e);
        }
        catch (IOException e) when (File.Exists(file) && File.Exists(holder))
        {
            throw new StartException($"Another Portal (process {File.ReadAllText(holder)}) already runs on the data folder {dataFolder}. "
                + "Stop it first, or give this one a folder of its own in Portal__DataFolder and a port of its own in ASPNETCORE_URLS.", e);
        }
        catch (IOException e)
        {
            throw new StartException($"The data folder {dataFolder} cannot be used: {e.Message} Name another one in Portal__DataFolder.", e);
        }
    }

    private static async Task MakeDatabase(PostgresServer server, CancellationToken cancellation)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionTo(server.SocketFolder, "postgres"));
        await using var find = source.CreateCommand("SELECT count(*) FROM pg_database WHERE datname = $1");
        find.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Database });
        if (await find.ExecuteScalarAsync(cancellation) is 0L)
        {
            await using var make = source.CreateCommand($"CREATE DATABASE {Database}");
            await make.ExecuteNonQueryAsync(cancellation);
        }
    }

    private static string ConnectionTo(string socketFolder, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = socketFolder,
        Port = Port,
        Username = User,
        Database = database,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    }.ConnectionString;
}
