using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Portal.Tests.Shared;

namespace Portal.Tests.Browser;

/// <summary>The real host in a process of its own, on a free port and an empty database; no demo, the sandbox clock at <see cref="StartsAt"/>.</summary>
public sealed partial class RunningPortal : IAsyncLifetime
{
    /// <summary>Where the business clock starts: a Thursday in the middle of a month, when a period has a past and a future.</summary>
    public static readonly DateTimeOffset StartsAt = new(2026, 2, 12, 10, 0, 0, TimeSpan.Zero);

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    private readonly TestDatabase _database = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("portal-browser-").FullName;
    private readonly ConcurrentQueue<string> _log = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Process? _host;
    private OperatorApi? _api;

    /// <summary>Where it listens.</summary>
    public Uri Address => _address.Task.IsCompletedSuccessfully ? _address.Task.Result : throw new InvalidOperationException("The host has not started.");

    /// <summary>The API with the operator's key.</summary>
    public OperatorApi Api => _api ?? throw new InvalidOperationException("The host has not started.");

    /// <summary>Its database, for what a test has to look at behind the pages.</summary>
    public TestDatabase Database => _database;

    /// <summary>The host's data folder: mails lie in <c>mail</c>.</summary>
    public string DataFolder => _folder;

    public async Task InitializeAsync()
    {
        await _database.InitializeAsync();
        _host = Start();
        StopWithThisProcess(_host.Id);
        var started = await Task.WhenAny(_address.Task, _host.WaitForExitAsync(), Task.Delay(s_patience));
        if (started != _address.Task)
        {
            throw new InvalidOperationException($"The host did not start within {s_patience.TotalSeconds:0} s. It said:{Environment.NewLine}{Log}");
        }

        _api = new OperatorApi(Address);
    }

    /// <summary>What the host has written so far.</summary>
    public string Log => string.Join(Environment.NewLine, _log);

    public async Task DisposeAsync()
    {
        if (_host is { HasExited: false } host)
        {
            // As Ctrl-C would: the host closes its circuits and connections itself.
            using (Process.Start("kill", ["-INT", host.Id.ToString(CultureInfo.InvariantCulture)]))
            {
                await Task.WhenAny(host.WaitForExitAsync(), Task.Delay(TimeSpan.FromSeconds(20)));
            }

            if (!host.HasExited)
            {
                host.Kill(entireProcessTree: true);
            }
        }

        _host?.Dispose();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private Process Start()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Portal.dll"), "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
            Environment =
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["ConnectionStrings__Portal"] = _database.ConnectionString,
                ["Portal__DataFolder"] = _folder,
                ["Portal__Demo"] = "false",

                // Beside a browser and other tests the machine is out of breath at times: that is no database that is away.
                ["Portal__Ingest__PatienceMilliseconds"] = "10000",
                ["Portal__SandboxClock"] = StartsAt.ToString("O", CultureInfo.InvariantCulture),
                ["Portal__Bootstrap__AdminEmail"] = OperatorApi.AdminEmail,
                ["Portal__Bootstrap__AdminPassword"] = OperatorApi.Password,
                ["Portal__Bootstrap__ApiKey"] = OperatorApi.Key,
            },
        };
        var host = Process.Start(start)!;
        host.OutputDataReceived += (_, line) => Hear(line.Data);
        host.ErrorDataReceived += (_, line) => Hear(line.Data);
        host.BeginOutputReadLine();
        host.BeginErrorReadLine();
        return host;
    }

    private void Hear(string? line)
    {
        if (line is null)
        {
            return;
        }

        _log.Enqueue(line);
        if (Listening().Match(line) is { Success: true } match)
        {
            _address.TrySetResult(new Uri(match.Groups[1].Value));
        }
    }

    // A test run that is cut off does not get to its end: a guard outside stops the host then.
    private static void StopWithThisProcess(int host)
    {
        const string guard = "while [ -d \"/proc/$1\" ] && [ -d \"/proc/$2\" ]; do sleep 0.5; done; kill -INT \"$2\"";
        var test = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        using var _ = Process.Start("setsid", ["--fork", "sh", "-c", $"({guard}) > /dev/null 2>&1 < /dev/null", "guard", test, host.ToString(CultureInfo.InvariantCulture)]);
    }

    [GeneratedRegex(@"Now listening on: (http://127\.0\.0\.1:\d+)")]
    private static partial Regex Listening();
}

/// <summary>Browser tests share one host and one browser and run one after the other: the machine is small, and a page's second is measured.</summary>
[CollectionDefinition(Name)]
public sealed class BrowserTests : ICollectionFixture<RunningPortal>, ICollectionFixture<Chromium>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "Browser";
}
