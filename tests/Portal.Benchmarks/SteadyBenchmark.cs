namespace Portal.Benchmarks;

/// <summary>A steady load that leaves room (T-29: 10,000 events a second for five minutes, with somebody reading beside it), and many who send single events (T-30).</summary>
internal static class SteadyBenchmark
{
    private const int ApiPort = 5301;
    private const int Customers = 50;
    private const int BatchSize = 100;
    private const double EventsPerSecond = 10_000;

    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("PORTAL_BENCH_SECONDS") is { } seconds
        ? int.Parse(seconds, System.Globalization.CultureInfo.InvariantCulture) : 300);

    public static async Task Run()
    {
        await using var system = await BenchmarkSystem.Start(Customers);
        var api = await system.Host("Portal.Api.dll", ApiPort);
        await PricedCustomer.Make(ApiPort, "bench-000");
        Console.WriteLine($"{"what",-64} {"events/s",10} {"p50 ms",8} {"p95 ms",8} {"p99 ms",8}");
        await LoadGenerator.Run(ApiPort, 16, i => new EventLoad("/v1/events", BatchSize, Customers, i), EventsPerSecond / BatchSize, TimeSpan.FromSeconds(5));
        var reading = LoadGenerator.Get(ApiPort, "/v1/customers/bench-000/spend", 2, 10, s_time);
        var sending = await LoadGenerator.Run(ApiPort, 16, i => new EventLoad("/v1/events", BatchSize, Customers, i), EventsPerSecond / BatchSize, s_time);
        Say($"batches of {BatchSize}, steadily, for {s_time.TotalSeconds:N0} s (T-29; bar: p99 250 ms)", sending);
        Say("the spend of a customer who gets events, ten times a second (p95 500 ms)", await reading);
        Say("single events, 200 connections (T-30; bar: 1,500/s, p99 100 ms)", await LoadGenerator.Run(ApiPort, 200, i => new EventLoad("/v1/events", 1, Customers, i), TimeSpan.FromSeconds(12)));
        var (events, keys) = (await system.Scalar<long>("SELECT count(*) FROM events"), await system.Scalar<long>("SELECT count(*) FROM event_keys"));
        Console.WriteLine($"{events:N0} events, {keys:N0} keys, {await system.Scalar<decimal>("SELECT sum(events) / 2 FROM usage_buckets"):N0} in buckets");
        await BenchmarkSystem.Stop(api);
    }

    private static void Say(string what, LoadResult result) =>
        Console.WriteLine($"{what,-64} {result.EventsPerSecond,10:N0} {result.Median.TotalMilliseconds,8:N1} {result.P95.TotalMilliseconds,8:N1} {result.P99.TotalMilliseconds,8:N1}");
}
