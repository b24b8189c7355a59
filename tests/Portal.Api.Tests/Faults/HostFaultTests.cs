using System.Net;
using Portal.Tests.Shared;

namespace Portal.Api.Tests.Faults;

/// <summary>T-01, T-04, T-08, T-20: the host is killed or asked to stop under load, also while the database is away, and its disk lies.</summary>
public sealed class HostFaultTests(FaultSystem system) : IClassFixture<FaultSystem>
{
    [Fact]
    public Task T01_killed_in_the_middle_of_requests_it_loses_and_doubles_nothing() => Killed(2, 500);

    [LongFact]
    public Task T01_killed_fifty_times_it_loses_and_doubles_nothing_of_half_a_million() => Killed(50, 10_000);

    [Fact]
    public async Task T04_the_spool_survives_the_host_and_a_host_without_its_database_goes_on_taking_events()
    {
        var load = Load.Start(system);
        await load.Acknowledges(300);
        await system.Postgres.Stop();
        await system.HealthIs("degraded");
        await load.Acknowledges(300);
        await system.KillHost();

        // A record that was being written when the power went.
        var last = system.Segments[^1];
        var bytes = await File.ReadAllBytesAsync(last);
        await using (var torn = new FileStream(last, FileMode.Append))
        {
            await torn.WriteAsync(bytes.AsMemory(0, 200));
        }

        await system.StartHost();
        Assert.Contains("are cut off", system.Output, StringComparison.Ordinal);
        Assert.Equal("degraded", await system.Health());
        await load.Acknowledges(300);
        using var stranger = new HttpClient();
        using var refused = await stranger.PostAsync(new Uri(system.Address!, "/v1/events"), new StringContent("[]"));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);

        await system.Postgres.Start();
        await system.HealthIs("ready");
        await system.Holds(load);
    }

    [Fact]
    public async Task T08_a_flipped_bit_is_found_the_record_put_aside_and_the_rest_replayed()
    {
        await system.Postgres.Stop();
        await system.HealthIs("degraded");
        var load = Load.Start(system, clients: 1, eventsPerRequest: 10);
        await load.Acknowledges(200);
        await load.Stop();

        // Every request is a record; the second one's id "…-1-0" lies in its payload.
        var segment = system.Segments[0];
        var bytes = await File.ReadAllBytesAsync(segment);
        var records = Enumerable.Range(0, bytes.Length - 4).Where(at => bytes.AsSpan(at, 4).SequenceEqual("PSr1"u8)).ToList();
        bytes[records[1] + 60] ^= 0x10;
        await File.WriteAllBytesAsync(segment, bytes);

        await system.Postgres.Start();
        await system.HealthIs("ready");
        await system.Until(() => Task.FromResult(system.Segments.Count == 0), "the spool is replayed");
        var aside = Assert.Single(Directory.GetFiles(Path.Combine(system.SpoolFolder, "quarantine"), "*.bin"));
        Assert.Equal(bytes[records[1]..records[2]], await File.ReadAllBytesAsync(aside));
        await system.Alarms("spool.quarantine");

        var text = System.Text.Encoding.UTF8.GetString(bytes, records[1], records[2] - records[1]);
        var lost = (await load.Stop()).Where(id => text.Contains($"{id}\u0001", StringComparison.Ordinal)).ToList();
        Assert.Equal(10, lost.Count);
        system.Inboxed.AddRange(lost);
        await system.Holds(load);
    }

    [Fact]
    public async Task T20_asked_to_stop_under_load_it_ends_in_time_and_keeps_what_it_acknowledged()
    {
        var load = Load.Start(system, clients: 8, eventsPerRequest: 500, pauseMilliseconds: 0);
        await load.Acknowledges(2_000);
        Assert.Equal(0, await system.StopHost().WaitAsync(TimeSpan.FromSeconds(60)));
        await system.StartHost();
        await load.Acknowledges(500);
        await system.Holds(load);
    }

    private async Task Killed(int times, int eventsBetween)
    {
        var load = Load.Start(system);
        for (var n = 0; n < times; n++)
        {
            await load.Acknowledges(eventsBetween);
            await system.KillHost();
            await system.StartHost();
        }

        await load.Acknowledges(300);
        await system.Holds(load);
    }
}
