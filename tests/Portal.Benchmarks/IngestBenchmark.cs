using System.Diagnostics;
using Microsoft.EntityFrameworkCore;

namespace Portal.Benchmarks;

/// <summary>Events over HTTP into the database, beside the limits of the same machine in the same run: a bare COPY of the same rows, and a plain EF Core endpoint.</summary>
internal static class IngestBenchmark
{
    private const int ApiPort = 5301;
    private const int PlainPort = 5302;
    private const int Customers = 50;
    private const int Connections = 64;

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(12);

    public static async Task Run()
    {
        await using var system = await BenchmarkSystem.Start(Customers);
        var api = await system.Host("Portal.Api.dll", ApiPort);
        Console.WriteLine($"{"what",-64} {"events/s",10} {"p50 ms",8} {"p99 ms",8}   processor time, µs an event: host, database, load");

        // The compiler takes its time with a host that has just started.
        await LoadGenerator.Run(ApiPort, Connections, i => new EventLoad("/v1/events", 100, Customers, i), s_warmUp * 4);
        var batches = await Measure(system, api, "batches of 100, 64 connections", ApiPort, i => new EventLoad("/v1/events", 100, Customers, i));
        await Prove(system);
        await Measure(system, api, "the same, 1 event in 100 sent before", ApiPort, i => new EventLoad("/v1/events", 100, Customers, i, repeatEvery: 100));
        await Measure(system, api, "the same, all of one customer", ApiPort, i => new EventLoad("/v1/events", 100, 1, i));
        var single = await Measure(system, api, "single events, 64 connections", ApiPort, i => new EventLoad("/v1/events", 1, Customers, i));
        await Prove(system);
        await Replay(system, api);
        var host = Process.GetProcessById(api.Id);
        Console.WriteLine($"{"memory of the host",-64} {host.WorkingSet64 / 1024 / 1024,10} MiB");
        await BenchmarkSystem.Stop(api);

        var copy = await Copy(system);
        Console.WriteLine($"{"bare COPY of the same rows, no index",-64} {copy,10:N0}");

        var plain = await Plain(system);
        Console.WriteLine();
        Console.WriteLine($"of COPY            {batches.EventsPerSecond / copy,8:P1}   (bar: 15 %)");
        Console.WriteLine($"over plain EF Core {batches.EventsPerSecond / plain,8:N1} x (bar: 20 x)");
        Console.WriteLine($"single posts       {single.EventsPerSecond,8:N0}   (bar: 6,000/s, p99 40 ms)");
    }

    // Log files are used again from a checkpoint on, as they are in a database that has run for an hour; bare COPY is measured after one, too.
    private static async Task<LoadResult> Measure(BenchmarkSystem system, Process host, string what, int port, Func<int, EventLoad> load, int connections = Connections)
    {
        await system.Execute("CHECKPOINT");
        await LoadGenerator.Run(port, connections, load, s_warmUp);
        return await Send(system, host, what, port, load, s_time, connections);
    }

    /// <summary>A full replay must not be slower than the first run was (T-31), and stores nothing.</summary>
    private static async Task Replay(BenchmarkSystem system, Process host)
    {
        EventLoad Load(int i) => new("/v1/events", 100, Customers, i, hasOwnIds: true);
        await system.Execute("CHECKPOINT");
        await Send(system, host, "to be replayed: batches of 100, 64 connections", ApiPort, Load, s_time, Connections);
        var stored = await system.Scalar<long>("SELECT count(*) FROM events");

        // For half as long, so that it does not come to what was not sent before.
        await Send(system, host, "the replay of it: nothing but duplicates", ApiPort, Load, s_time / 2, Connections);
        Console.WriteLine($"{"new events in it",-64} {await system.Scalar<long>("SELECT count(*) FROM events") - stored,10:N0}");
    }

    private static async Task<LoadResult> Send(BenchmarkSystem system, Process host, string what, int port, Func<int, EventLoad> load, TimeSpan time, int connections)
    {
        var before = await system.CpuOf(host);
        var result = await LoadGenerator.Run(port, connections, load, time);
        var after = await system.CpuOf(host);
        Console.WriteLine($"{what,-64} {result.EventsPerSecond,10:N0} {result.Median.TotalMilliseconds,8:N1} {result.P99.TotalMilliseconds,8:N1}   "
            + $"{Each(after.Host - before.Host),5:N1} {Each(after.Database - before.Database),5:N1} {Each(after.Load - before.Load),5:N1}");
        return result;

        double Each(TimeSpan used) => used.TotalMicroseconds / result.Events;
    }

    private static async Task Prove(BenchmarkSystem system)
    {
        var events = await system.Scalar<long>("SELECT count(*) FROM events");
        var keys = await system.Scalar<long>("SELECT count(*) FROM event_keys");
        var buckets = await system.Scalar<decimal>("SELECT sum(events) FROM usage_buckets");
        if (events != keys || buckets != 2 * events)
        {
            throw new InvalidOperationException($"{events} events, {keys} keys, {buckets} readings in the buckets of two meters.");
        }
    }

    /// <summary>The rows that were just stored, in the format they are stored from, into a table without an index.</summary>
    private static async Task<double> Copy(BenchmarkSystem system)
    {
        await system.Execute("CREATE TABLE bare (LIKE events)");
        await using var connection = await system.Database.OpenConnectionAsync();
        using var rows = new MemoryStream();
        await using (var export = await connection.BeginRawBinaryCopyAsync("COPY (SELECT * FROM events LIMIT 500000) TO STDOUT (FORMAT binary)"))
        {
            await export.CopyToAsync(rows);
        }

        var count = Math.Min(500_000, await system.Scalar<long>("SELECT count(*) FROM events"));
        var best = 0.0;
        for (var round = 0; round < 4; round++)
        {
            await system.Execute("TRUNCATE bare");
            await system.Execute("CHECKPOINT");
            var start = Stopwatch.GetTimestamp();
            await using (var import = await connection.BeginRawBinaryCopyAsync("COPY bare FROM STDIN (FORMAT binary)"))
            {
                rows.Position = 0;
                await rows.CopyToAsync(import, 256 * 1024);
            }

            best = Math.Max(best, count / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private static async Task<double> Plain(BenchmarkSystem system)
    {
        await using (var db = new PlainDb(new DbContextOptionsBuilder<PlainDb>().UseNpgsql(system.Database).Options))
        {
            await system.Execute(db.Database.GenerateCreateScript());
        }

        var host = await system.Host("Portal.Benchmarks.dll", PlainPort, "plain-ef", system.ConnectionString, $"http://127.0.0.1:{PlainPort}");
        var each = await Measure(system, host, "plain EF Core: check, add, SaveChanges for each event, 16 conn.", PlainPort, i => new EventLoad("/events", 100, Customers, i), 16);
        await Measure(system, host, "plain EF Core: check each, one SaveChanges a request, 16 conn.", PlainPort, i => new EventLoad("/batch", 100, Customers, i), 16);
        await BenchmarkSystem.Stop(host);
        return each.EventsPerSecond;
    }
}
