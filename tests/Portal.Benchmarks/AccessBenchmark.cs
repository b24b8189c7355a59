using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Portal.Domain.Accounts;
using Portal.Domain.Limits;
using Portal.Domain.Storage;

namespace Portal.Benchmarks;

/// <summary>Whether a customer may go on: over HTTP at a steady rate, beside an endpoint that does nothing at the same rate, and in process.</summary>
internal static class AccessBenchmark
{
    private const int ApiPort = 5301;
    private const int PlainPort = 5302;
    private const int Connections = 32;
    private const double Rate = 5_000;
    private const int Calls = 2_000_000;

    // Until what runs is compiled, and each job has had its first turn.
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(10);

    public static async Task Run()
    {
        await using var system = await BenchmarkSystem.Start(50);
        var api = await system.Host("Portal.Api.dll", ApiPort);
        await PricedCustomer.Make(ApiPort, "bench-000", limit: "100.00");
        Console.WriteLine($"{"what",-56} {"requests/s",10} {"p50 ms",8} {"p95 ms",8} {"p99 ms",8} {"host µs each",13}");
        await Measure(system, api, "access check of a customer with a card and a cap", ApiPort, "/v1/customers/bench-000/access");
        await BenchmarkSystem.Stop(api);

        var plain = await system.Host("Portal.Benchmarks.dll", PlainPort, "plain-ef", system.ConnectionString, $"http://127.0.0.1:{PlainPort}");
        await Measure(system, plain, "an endpoint that does nothing", PlainPort, "/empty");
        await BenchmarkSystem.Stop(plain);
        await InProcess(system);
    }

    private static async Task Measure(BenchmarkSystem system, Process host, string what, int port, string path)
    {
        await LoadGenerator.Get(port, path, Connections, Rate, s_warmUp);
        var before = (await system.CpuOf(host)).Host;
        var result = await LoadGenerator.Get(port, path, Connections, Rate, s_time);
        var each = ((await system.CpuOf(host)).Host - before).TotalMicroseconds / (result.RequestsPerSecond * s_time.TotalSeconds);
        Console.WriteLine($"{what,-56} {result.RequestsPerSecond,10:N0} {result.Median.TotalMilliseconds,8:N2} {result.P95.TotalMilliseconds,8:N2} {result.P99.TotalMilliseconds,8:N2} {each,13:N0}");
    }

    private static async Task InProcess(BenchmarkSystem system)
    {
        await system.Services.GetRequiredService<Register>().Apply(RegisterChange.Everything, CancellationToken.None);
        var book = system.Services.GetRequiredService<AccessBook>();
        var entry = system.Services.GetRequiredService<Register>().Now.ByKey["bench-000"];
        await system.Services.GetRequiredService<SpendMeter>().EnsureRead(entry.Customer.Id, CancellationToken.None);
        var allowed = 0;
        for (var round = 0; round < 3; round++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Calls; i++)
            {
                allowed += book.Answer(Actor.System, "bench-000", null).Allowed ? 1 : 0;
            }

            Console.WriteLine($"in process, {Calls:N0} answers: {Stopwatch.GetElapsedTime(start).TotalMicroseconds / Calls:N2} µs each ({allowed:N0} allowed)   (bar: 1 µs)");
        }
    }
}
