using System.Diagnostics;
using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Domain;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Metering;
using Portal.Domain.Storage;

namespace Portal.Benchmarks;

/// <summary>A private PostgreSQL with durable settings and hosts as processes of their own: what is measured is what runs.</summary>
internal sealed class BenchmarkSystem : IAsyncDisposable
{
    public const string ApiKey = "sk_benchmark";

    private readonly DirectoryInfo _folder;
    private readonly EmbeddedPostgres _postgres;
    private readonly List<Process> _hosts = [];

    private BenchmarkSystem(DirectoryInfo folder, EmbeddedPostgres postgres)
    {
        (_folder, _postgres) = (folder, postgres);
        Database = NpgsqlDataSource.Create(postgres.ConnectionString);
        Services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(new PortalOptions())
            .AddSingleton(TimeProvider.System)
            .AddPortalDomain(postgres.ConnectionString)
            .BuildServiceProvider();
    }

    /// <summary>The domain in this process, for what is measured without HTTP.</summary>
    public ServiceProvider Services { get; }

    public NpgsqlDataSource Database { get; }

    public string ConnectionString => _postgres.ConnectionString;

    /// <summary>Starts the database, and fills in customers and meters.</summary>
    public static async Task<BenchmarkSystem> Start(int customers)
    {
        var folder = Directory.CreateTempSubdirectory("portal-bench-");
        folder.UnixFileMode |= UnixFileMode.OtherExecute;
        var system = new BenchmarkSystem(folder, await EmbeddedPostgres.Start(folder.FullName, NullLogger.Instance, CancellationToken.None));
        await system.Fill(customers);
        return system;
    }

    /// <summary>Starts a host from an assembly beside this one, and waits until it listens.</summary>
    public async Task<Process> Host(string assembly, int port, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, assembly), .. arguments])
        {
            Environment =
            {
                ["ConnectionStrings__Portal"] = ConnectionString,
                ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["Portal__Bootstrap__ApiKey"] = ApiKey,
                ["Portal__DataFolder"] = Path.Combine(_folder.FullName, "host"),
                ["Logging__LogLevel__Default"] = "Warning",
            },
            RedirectStandardOutput = true,
        };
        var host = Process.Start(start)!;
        host.OutputDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
        host.BeginOutputReadLine();
        _hosts.Add(host);
        for (var tries = 0; tries < 900 && !host.HasExited; tries++)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync("127.0.0.1", port);
                return host;
            }
            catch (SocketException)
            {
                await Task.Delay(100);
            }
        }

        throw new InvalidOperationException($"{assembly} did not start.");
    }

    /// <summary>Processor time used so far by a host, by the database, and by this process.</summary>
    public async Task<(TimeSpan Host, TimeSpan Database, TimeSpan Load)> CpuOf(Process host)
    {
        host.Refresh();
        using var self = Process.GetCurrentProcess();
        var postmaster = (await File.ReadAllLinesAsync(Path.Combine(_folder.FullName, "postgres", "postmaster.pid")))[0];
        var database = TimeSpan.Zero;
        foreach (var stat in Directory.GetDirectories("/proc").Where(folder => char.IsAsciiDigit(folder[6])).Select(folder => $"{folder}/stat"))
        {
            try
            {
                // After the name in brackets: state, parent, …; user, system, and what ended children used are the 12th to 15th.
                var fields = (await File.ReadAllTextAsync(stat)).Split(") ")[^1].Split(' ');
                if (stat == $"/proc/{postmaster}/stat" || fields[1] == postmaster)
                {
                    database += TimeSpan.FromMilliseconds(10 * fields[11..(stat == $"/proc/{postmaster}/stat" ? 15 : 13)].Sum(long.Parse));
                }
            }
            catch (IOException)
            {
                // The process has ended meanwhile.
            }
        }

        return (host.TotalProcessorTime, database, self.TotalProcessorTime);
    }

    public static async Task Stop(Process host)
    {
        using var kill = Process.Start("kill", ["-TERM", $"{host.Id}"]);
        await host.WaitForExitAsync();
    }

    public async Task<T> Scalar<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        command.CommandTimeout = 300;
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task Execute(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        command.CommandTimeout = 300;
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts.Where(host => !host.HasExited))
        {
            await Stop(host);
        }

        await Services.DisposeAsync();
        await Database.DisposeAsync();
        await _postgres.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task Fill(int customers)
    {
        var now = TimeProvider.System.GetUtcNow();
        await using var db = new PortalDb(new DbContextOptionsBuilder<PortalDb>().UseNpgsql(Database).Options);
        await db.Database.MigrateAsync();
        db.Customers.AddRange(Enumerable.Range(0, customers).Select(i => new Customer
        {
            Key = $"bench-{i:000}", Name = $"Customer {i}", Email = $"c{i}@example.com", Currency = "USD", CreatedAt = now,
        }));
        db.Meters.AddRange(Meter("input"), Meter("output"));
        await db.SaveChangesAsync();
        await Services.GetRequiredService<PartitionRun>().Run(now, CancellationToken.None);

        Meter Meter(string name) => new()
        {
            Key = name, Name = name, EventType = "llm.completion", Aggregation = Aggregation.Sum, ValueProperty = $"{name}_tokens",
            GroupBy = ["model"], Filter = [], Unit = "token", CreatedAt = now,
        };
    }
}
