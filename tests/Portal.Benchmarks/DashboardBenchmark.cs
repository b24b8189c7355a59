using System.Globalization;

namespace Portal.Benchmarks;

/// <summary>What a customer's start page asks for, of one with ten million events in the running month: its spend, the month by day and model, and the last day by hour.</summary>
/// <remarks>The usage is seeded as what the writer makes of such events, quarter-hours by meter and model, and not as ten million rows of events: none of the three reads those.</remarks>
internal static class DashboardBenchmark
{
    private const int ApiPort = 5301;
    private const int Events = 10_000_000;
    private const string Customer = "bench-000";

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(6);

    public static async Task Run()
    {
        await using var system = await BenchmarkSystem.Start(50);
        var api = await system.Host("Portal.Api.dll", ApiPort);
        await PricedCustomer.Make(ApiPort, Customer, limit: "100000.00");
        var now = TimeProvider.System.GetUtcNow();
        var month = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero);
        await Seed(system, month, now);
        var buckets = await system.Scalar<long>("SELECT count(*) FROM usage_buckets");
        Console.WriteLine($"{Events:N0} events of {now.Day} days in {buckets:N0} quarter-hours");
        Console.WriteLine($"{"what",-56} {"requests/s",10} {"p50 ms",8} {"p95 ms",8} {"p99 ms",8}");
        await Measure("spend", "spend");
        await Measure("usage of the month by day and model", $"usage?meter=input&window=day&groupBy=model&from={At(month)}&to={At(now)}");
        await Measure("usage of the last day by hour", $"usage?meter=input&window=hour&from={At(now.AddDays(-1))}&to={At(now)}");
        await BenchmarkSystem.Stop(api);
    }

    // One after the other, as a page asks.
    private static async Task Measure(string what, string path)
    {
        await LoadGenerator.Get(ApiPort, $"/v1/customers/{Customer}/{path}", 1, null, s_warmUp);
        var result = await LoadGenerator.Get(ApiPort, $"/v1/customers/{Customer}/{path}", 1, null, s_time);
        Console.WriteLine($"{what,-56} {result.RequestsPerSecond,10:N0} {result.Median.TotalMilliseconds,8:N1} {result.P95.TotalMilliseconds,8:N1} {result.P99.TotalMilliseconds,8:N1}   (bar: p95 30 ms)");
    }

    private static string At(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static async Task Seed(BenchmarkSystem system, DateTimeOffset month, DateTimeOffset now)
    {
        var models = string.Join(',', PricedCustomer.Models.Select(model => $"'{model}'"));
        await system.Execute($"""
            INSERT INTO usage_groups (customer_id, meter_id, values, values_hash)
            SELECT customer.id, meter.id, ARRAY[model], encode(substr(sha256(convert_to(model, 'UTF8')), 1, 16), 'hex')::uuid
            FROM customers customer, meters meter, unnest(ARRAY[{models}]) AS model WHERE customer.key = '{Customer}'
            """);
        await system.Execute($"""
            INSERT INTO usage_buckets (customer_id, meter_id, group_id, start, events, sum, min, max, last_time, last_value)
            SELECT part.customer_id, part.meter_id, part.id, quarter, each.events, each.events * 800, 1, 4999, quarter + interval '14 minutes', 800
            FROM usage_groups part, generate_series('{At(month)}'::timestamptz, '{At(now.AddMinutes(-15))}', '15 minutes') AS quarter,
                (SELECT {Events} / 5 / greatest(1, ceil(extract(epoch FROM '{At(now)}'::timestamptz - '{At(month)}') / 900))::bigint AS events) AS each
            """);
        await system.Execute($"UPDATE customers SET usage_version = usage_version + 1 WHERE key = '{Customer}'");
        await system.Execute("ANALYZE");
    }
}
