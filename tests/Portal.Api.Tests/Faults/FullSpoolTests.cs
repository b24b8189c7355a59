using System.Net;
using System.Text.Json;
using Portal.Tests.Shared;

namespace Portal.Api.Tests.Faults;

/// <summary>T-06: the disk of the spool is full, or the spool holds as much as it may: events are refused in so many words, never lost.</summary>
public sealed class FullSpoolTests(FaultSystem system) : IClassFixture<FaultSystem>
{
    private int _sent;

    [SmallDiskFact]
    public async Task T06_on_a_full_disk_nothing_is_acknowledged_and_it_recovers_when_there_is_room()
    {
        await system.StopHost();
        await using (var disk = await SmallDisk.Make(system.SpoolFolder, megabytes: 4))
        {
            // What checks need is written anew on the empty disk by the first start.
            await system.StartHost();
            await system.Until(() => Task.FromResult(File.Exists(Path.Combine(system.SpoolFolder, "register.json"))), "the register is kept");
            await system.Postgres.Stop();
            await system.HealthIs("degraded");
            Assert.Equal(HttpStatusCode.Accepted, await Send());
            disk.Fill();
            for (var n = 0; n < 3; n++)
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, await Send());
            }

            await system.HealthIs("unavailable");
            disk.Free();
            await system.HealthIs("degraded");
            Assert.Equal(HttpStatusCode.Accepted, await Send());
            await system.Postgres.Start();
            await system.Settled();
            await Invariants.Hold(system.Postgres.ConnectionString, system.Acknowledged);
            await system.StopHost();
        }

        await system.StartHost();
    }

    [Fact]
    public async Task T06_beyond_its_size_the_spool_refuses_and_the_database_takes_over_again()
    {
        await system.StopHost();
        await system.StartHost("--Portal:Ingest:Spool:BytesMax=200000");
        await system.Postgres.Stop();
        await system.HealthIs("degraded");
        var statuses = new List<HttpStatusCode>();
        for (var n = 0; n < 12; n++)
        {
            statuses.Add(await Send());
        }

        Assert.Contains(HttpStatusCode.Accepted, statuses);
        var full = statuses.IndexOf(HttpStatusCode.ServiceUnavailable);
        Assert.True(full > 0, "It never was full.");
        Assert.All(statuses.Skip(full), status => Assert.Equal(HttpStatusCode.ServiceUnavailable, status));

        await system.Postgres.Start();
        await system.HealthIs("ready");
        await system.Settled();
        Assert.Equal(HttpStatusCode.OK, await Send());
        await system.Alarms("spool.full");
        await Invariants.Hold(system.Postgres.ConnectionString, system.Acknowledged);
    }

    /// <summary>Sends some 30 KiB of events, once, and writes down what was acknowledged.</summary>
    private async Task<HttpStatusCode> Send()
    {
        var request = _sent++;
        var ids = Enumerable.Range(0, 300).Select(n => $"full-{Environment.CurrentManagedThreadId}-{Guid.NewGuid():N}-{request}-{n}").ToList();
        using var answer = await system.Send(HttpMethod.Post, "/v1/events", JsonSerializer.Serialize(ids.Select(id => new { id, customer = "c1", type = "t", properties = new { v = 1 } })));
        if (answer.IsSuccessStatusCode)
        {
            system.Acknowledged.AddRange(ids);
        }
        else
        {
            Assert.NotNull(answer.Headers.RetryAfter);
        }

        return answer.StatusCode;
    }
}
