using System.Diagnostics;
using System.Net.Http.Json;
using Portal.Tests.Shared;

namespace Portal.Api.Tests.Hosting;

/// <summary>The whole host, started and ended as a person or a service manager does.</summary>
public sealed class HostProcessTests : IDisposable
{
    private readonly string _dataFolder = Directory.CreateTempSubdirectory("portal-host-").FullName;

    public HostProcessTests() => File.SetUnixFileMode(_dataFolder, File.GetUnixFileMode(_dataFolder) | UnixFileMode.OtherExecute);

    public void Dispose() => Directory.Delete(_dataFolder, recursive: true);

    [Fact]
    public async Task Stopped_in_order_it_takes_its_database_with_it()
    {
        await using var host = Start();
        await host.Address();
        Assert.True(File.Exists(PostmasterFile));

        Assert.Equal(0, await host.Terminate());
        Assert.False(File.Exists(PostmasterFile));
    }

    [Fact]
    public async Task Asked_to_stop_while_it_starts_it_leaves_no_database_running()
    {
        await using var host = Start();
        // The earliest sign that the database's server is on its way.
        for (var watch = Stopwatch.StartNew(); !File.Exists(PostmasterFile); await Task.Delay(1))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), host.Output);
        }

        Assert.Equal(0, await host.Terminate());
        Assert.False(File.Exists(PostmasterFile));
    }

    [Fact]
    public async Task Usage_is_counted_anew_by_a_command_beside_it()
    {
        await using var host = Start();
        using var client = new HttpClient { BaseAddress = await host.Address() };
        client.DefaultRequestHeaders.Authorization = new("Bearer", "sk_demo_operator_key");
        (await client.PutAsJsonAsync("/v1/customers/acme", new { name = "Acme", email = "acme@example.com", currency = "USD" })).EnsureSuccessStatusCode();
        (await client.PutAsJsonAsync("/v1/meters/calls", new { name = "Calls", eventType = "call", aggregation = "count" })).EnsureSuccessStatusCode();
        (await client.PostAsJsonAsync("/v1/events", new { id = "1", customer = "acme", type = "call" })).EnsureSuccessStatusCode();

        Assert.Equal((0, "acme: 1 reading counted; 0 quarter-hour figures differed from the events."), await Command("rebuild-usage", "--customer", "acme"));
        Assert.Equal(1, (await Command("rebuild-usage", "--customer", "nobody")).Code);
        Assert.Equal(1, (await Command("rebuild-usage", "--everything")).Code);
        Assert.Equal(0, (await Command("rebuild-usage")).Code);
    }

    [Fact]
    public async Task Killed_it_starts_again_on_the_same_folder()
    {
        await using (var killed = Start())
        {
            await killed.Address();
            await killed.Kill();
        }

        await using var next = Start();
        await next.Address();
        Assert.Contains("still runs from an earlier start", next.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_one_on_the_same_folder_ends_with_a_sentence_and_the_first_goes_on()
    {
        await using var first = Start();
        var address = await first.Address();

        await using var second = Start();
        Assert.Equal(1, await second.Ended());
        Assert.Contains("already runs on the data folder", second.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", second.Output, StringComparison.Ordinal);

        using var client = new HttpClient();
        using var answer = await client.GetAsync(address);
        Assert.True(File.Exists(PostmasterFile));
    }

    [Fact]
    public async Task A_setting_that_makes_no_sense_ends_it_with_a_sentence_before_anything_is_started()
    {
        await using var host = Start("--Portal:SandboxClock=yesterday");
        Assert.Equal(1, await host.Ended());
        Assert.Contains("The Portal could not start. Portal:SandboxClock is 'yesterday'", host.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_dataFolder));
    }

    [Fact]
    public async Task A_named_database_that_does_not_answer_is_said_to_be_away_and_none_is_started()
    {
        await using var host = Start("--ConnectionStrings:Portal=Host=127.0.0.1;Port=9;Username=nobody;Timeout=2");
        Assert.Equal(1, await host.Ended());
        Assert.Contains("The database of ConnectionStrings__Portal does not answer", host.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_dataFolder, "postgres")));
    }

    private string PostmasterFile => Path.Combine(_dataFolder, "postgres", "postmaster.pid");

    private async Task<(int Code, string Output)> Command(params string[] arguments)
    {
        using var command = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Portal.Api.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            Environment = { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["Portal__DataFolder"] = _dataFolder },
        })!;
        var output = await command.StandardOutput.ReadToEndAsync();
        await command.WaitForExitAsync();
        return (command.ExitCode, output.Trim());
    }

    private HostProcess Start(params string[] arguments) =>
        HostProcess.Start("Portal.Api.dll", [$"--Portal:DataFolder={_dataFolder}", "--Portal:Demo=false", .. arguments]);
}
