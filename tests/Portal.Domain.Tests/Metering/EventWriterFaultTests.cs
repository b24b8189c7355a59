using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Domain.Accounts;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Tests.Shared;
using static Portal.Domain.Tests.Metering.MeteringSystem;

namespace Portal.Domain.Tests.Metering;

public sealed class EventWriterFaultTests(MeteringSystem system) : IClassFixture<MeteringSystem>
{
    [Fact]
    public Task T09_when_the_line_is_cut_around_a_commit_each_event_is_stored_once_and_its_sender_told_so() => CutAroundCommits(60, 50);

    [LongFact]
    public Task T09_the_same_over_a_thousand_cuts() => CutAroundCommits(1_010, 1_000);

    private async Task CutAroundCommits(int rounds, int leastCuts)
    {
        var customer = await system.Customer();
        await using var proxy = new CuttingProxy(system.Database.ConnectionString) { OnCommit = n => (Cut)(n % 3) };
        await using var source = NpgsqlDataSource.Create(proxy.ConnectionString);
        using var writer = await Writer(source);
        for (var i = 0; i < rounds; i++)
        {
            var batch = Read(Event(customer, $"a{i}", i), Event(customer, $"b{i}", 1));
            Assert.Equal(WriteOutcome.Stored, await writer.Write(batch));

            // Not as duplicates of its own first try.
            Assert.Equal((2, 0, 0), (batch.Accepted, batch.Duplicates, batch.Rejected.Count));
        }

        await writer.StopAsync(CancellationToken.None);
        Assert.True(proxy.Cuts >= leastCuts, $"Only {proxy.Cuts} cuts.");
        Assert.Equal(2 * rounds, await system.Scalar<long>("SELECT count(*) FROM events WHERE customer_id = $1", customer.Id));
        await system.BucketsEqualEvents(customer);
    }

    [Fact]
    public async Task When_sessions_are_killed_under_load_nothing_acknowledged_is_lost()
    {
        var customer = await system.Customer();
        using var stop = new CancellationTokenSource();
        var killing = Task.Run(async () =>
        {
            var killed = 0L;
            while (!stop.IsCancellationRequested)
            {
                killed += await system.Scalar<long>("""
                    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
                    """);
                await Task.Delay(20);
            }

            return killed;
        });

        var accepted = 0;
        await Parallel.ForAsync(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var batch = Read([.. Enumerable.Range(0, 50).Select(n => Event(customer, $"e{i}.{n}", n))]);
            while (await system.Writer.Write(batch) != WriteOutcome.Stored)
            {
                // A client that is told 503 sends again.
            }

            Interlocked.Add(ref accepted, batch.Accepted + batch.Duplicates);
        });
        await stop.CancelAsync();

        Assert.True(await killing > 0);
        Assert.Equal(20_000, accepted);
        Assert.Equal(20_000, await system.Scalar<long>("SELECT count(*) FROM events WHERE customer_id = $1", customer.Id));
        await system.BucketsEqualEvents(customer);
    }

    [Fact]
    public async Task Without_a_database_the_answer_is_soon_that_nothing_was_kept()
    {
        var customer = await system.Customer();
        await using var source = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=x;Timeout=2");
        using var writer = await Writer(source);
        Assert.Equal(WriteOutcome.Unavailable, await writer.Write(Read(Event(customer, "a"))));
        await writer.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_failure_before_a_transaction_is_not_taken_for_the_one_before_it()
    {
        var customer = await system.Customer();
        await system.Send(Event(customer, "a", model: "known"));
        await using var nowhere = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=x;Timeout=2");
        var groups = new UsageGroups(nowhere, system.Alarms);
        using var writer = new EventWriter(system.Database.Source, groups, system.Changes, new PortalOptions(), TimeProvider.System, NullLogger<EventWriter>.Instance);
        await writer.StartAsync(CancellationToken.None);

        Assert.Equal(WriteOutcome.Stored, await writer.Write(Read(Event(customer, "b", model: "known"))));
        Assert.Equal(WriteOutcome.Unavailable, await writer.Write(Read(Event(customer, "c", model: "new"))));
        Assert.Equal(2, await system.Scalar<long>("SELECT count(*) FROM events WHERE customer_id = $1", customer.Id));
        await writer.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_writer_that_stops_writes_what_waits_and_takes_nothing_more()
    {
        var customer = await system.Customer();
        using var writer = await Writer(system.Database.Source);
        var waiting = Enumerable.Range(0, 50).Select(i => writer.Write(Read(Event(customer, $"e{i}")))).ToList();
        await writer.StopAsync(CancellationToken.None);

        Assert.All(await Task.WhenAll(waiting), outcome => Assert.Equal(WriteOutcome.Stored, outcome));
        Assert.Equal(WriteOutcome.Unavailable, await writer.Write(Read(Event(customer, "late"))));
        Assert.Equal(50, await system.Scalar<long>("SELECT count(*) FROM events WHERE customer_id = $1", customer.Id));
    }

    [Fact]
    public async Task A_full_queue_takes_nothing_and_says_so()
    {
        var customer = await system.Customer();
        using var writer = new EventWriter(system.Database.Source, system.Groups, system.Changes, new PortalOptions { Ingest = { QueueEvents = 3 } },
            TimeProvider.System, NullLogger<EventWriter>.Instance);
        var first = writer.Write(Read(Event(customer, "a"), Event(customer, "b")));
        var second = writer.Write(Read(Event(customer, "c"), Event(customer, "d")));
        Assert.Equal(WriteOutcome.QueueFull, await writer.Write(Read(Event(customer, "e"))));

        await writer.StartAsync(CancellationToken.None);
        Assert.Equal([WriteOutcome.Stored, WriteOutcome.Stored], await Task.WhenAll(first, second));
        Assert.Equal(WriteOutcome.Stored, await writer.Write(Read(Event(customer, "e"))));
        await writer.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task What_the_database_refuses_fails_alone()
    {
        var customer = await system.Customer();
        using var writer = new EventWriter(system.Database.Source, system.Groups, system.Changes, new PortalOptions { Ingest = { Writers = 1 } },
            TimeProvider.System, NullLogger<EventWriter>.Instance);
        var poison = Read(Event(customer, "poison"));
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(poison.Events)[0].Properties = "{"u8.ToArray();
        var writing = new[] { writer.Write(Read(Event(customer, "a"))), writer.Write(poison), writer.Write(Read(Event(customer, "b"))) };
        await writer.StartAsync(CancellationToken.None);

        Assert.Equal(WriteOutcome.Stored, await writing[0]);
        await Assert.ThrowsAsync<PostgresException>(() => writing[1]);
        Assert.Equal(WriteOutcome.Stored, await writing[2]);
        Assert.Equal(WriteOutcome.Stored, await writer.Write(Read(Event(customer, "c"))));
        await writer.StopAsync(CancellationToken.None);
        await system.BucketsEqualEvents(customer);
    }

    private EventBatch Read(params string[] events)
    {
        var batch = system.Intake.NewBatch();
        Assert.True(system.Intake.Parser(Actor.System).Read(EventFormat.Plain, Encoding.UTF8.GetBytes($"[{string.Join(',', events)}]"), batch));
        return batch;
    }

    private async Task<EventWriter> Writer(NpgsqlDataSource source)
    {
        // Groups are numbered over the healthy connection: what is cut here is the writing.
        var writer = new EventWriter(source, system.Groups, system.Changes, new PortalOptions(), TimeProvider.System, NullLogger<EventWriter>.Instance);
        await writer.StartAsync(CancellationToken.None);
        return writer;
    }
}
