using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Portal.Tests.Shared;

namespace Portal.Api.Tests.Faults;

/// <summary>A host and a PostgreSQL server, each a process of its own, to be stopped, frozen and killed. Ten customers, one meter: the sum of "v".</summary>
public sealed class FaultSystem : IAsyncLifetime
{
    public const int Customers = 10;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("portal-fault-").FullName;
    private HostProcess? _host;

    /// <summary>What the client was told is kept, over all tests of the class.</summary>
    public List<string> Acknowledged { get; } = [];

    /// <summary>Ids among them that wait for a person, by the rule of a test.</summary>
    public List<string> Inboxed { get; } = [];

    public FaultyPostgres Postgres { get; private set; } = null!;

    /// <summary>Where the host listens now; null while it does not.</summary>
    public Uri? Address { get; private set; }

    public string Output => _host!.Output;

    public string SpoolFolder => Path.Combine(_folder, "data", "spool");

    public string Folder => _folder;

    public async Task InitializeAsync()
    {
        File.SetUnixFileMode(_folder, File.GetUnixFileMode(_folder) | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute);
        Postgres = await FaultyPostgres.Start(_folder);
        await StartHost();
        (await Send(HttpMethod.Put, "/v1/meters/m", """{"name":"m","eventType":"t","aggregation":"sum","value":"v"}""")).EnsureSuccessStatusCode();
        for (var n = 0; n < Customers; n++)
        {
            (await Send(HttpMethod.Put, $"/v1/customers/c{n}", $$"""{"name":"c{{n}}","email":"c{{n}}@example.com","currency":"USD"}""")).EnsureSuccessStatusCode();
        }

        // What checks need is kept beside the spool within a second.
        await Until(() => Task.FromResult(File.Exists(Path.Combine(SpoolFolder, "register.json"))
            && File.ReadAllText(Path.Combine(SpoolFolder, "register.json")).Contains($"\"c{Customers - 1}\"", StringComparison.Ordinal)), "the register is kept");
    }

    public async Task DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        await Postgres.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Starts the host and returns when it answers.</summary>
    public async Task StartHost(params string[] arguments)
    {
        _host = HostProcess.Start("Portal.Api.dll",
            [$"--ConnectionStrings:Portal={Postgres.ConnectionString}", $"--Portal:DataFolder={Path.Combine(_folder, "data")}", "--Portal:Demo=false", "--Portal:Jobs=false",
                "--Logging:LogLevel:Microsoft.EntityFrameworkCore=None", .. arguments]);
        Address = await _host.Address();
    }

    /// <summary>Ends the host without warning (SIGKILL).</summary>
    public async Task KillHost()
    {
        Address = null;
        await _host!.Kill();
    }

    /// <summary>Asks the host to stop (SIGTERM), and returns its exit code.</summary>
    public async Task<int> StopHost()
    {
        var code = await _host!.Terminate();
        Address = null;
        return code;
    }

    /// <summary>Sends a request of the operator's.</summary>
    public async Task<HttpResponseMessage> Send(HttpMethod method, string path, string? body = null)
    {
        using var client = new HttpClient { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "sk_demo_operator_key");
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        return await client.SendAsync(request);
    }

    /// <summary>What <c>/health/ready</c> says.</summary>
    public async Task<string?> Health()
    {
        try
        {
            using var answer = await Send(HttpMethod.Get, "/health/ready");
            using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            return json.RootElement.GetProperty("status").GetString();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public Task HealthIs(string status) => Until(async () => await Health() == status, $"health is {status}");

    /// <summary>Returns when the database has everything: the host is ready and nothing waits in the spool.</summary>
    public Task Settled() => Until(async () => await Health() == "ready" && Segments.Count == 0, "the spool is replayed");

    /// <summary>The spool's segments.</summary>
    public IReadOnlyList<string> Segments => [.. Directory.EnumerateFiles(SpoolFolder, "*.spool").Order(StringComparer.Ordinal)];

    /// <summary>Returns when an alarm of this key is open.</summary>
    public Task Alarms(string key) => Until(async () =>
    {
        using var answer = await Send(HttpMethod.Get, "/v1/alarms");
        return (await answer.Content.ReadAsStringAsync()).Contains($"\"{key}\"", StringComparison.Ordinal);
    }, $"the alarm {key} is raised");

    /// <summary>Waits for the replay, and holds what is stored to what was acknowledged.</summary>
    public async Task Holds(Load load)
    {
        Acknowledged.AddRange(await load.Stop());
        await Settled();
        await Invariants.Hold(Postgres.ConnectionString, Acknowledged, Inboxed);
    }

    public async Task Until(Func<Task<bool>> holds, string what)
    {
        for (var watch = Stopwatch.StartNew(); !await holds(); await Task.Delay(50))
        {
            Assert.True(watch.Elapsed < s_patience, string.Create(CultureInfo.InvariantCulture, $"Not within {s_patience.TotalSeconds} s: {what}. The host says: {Output}"));
        }
    }
}
