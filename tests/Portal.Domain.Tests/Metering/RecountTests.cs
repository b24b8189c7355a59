using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Metering.MeteringSystem;

namespace Portal.Domain.Tests.Metering;

/// <summary>Usage counted anew from its events: rebuilds of a customer, back-fills of a meter.</summary>
public sealed class RecountTests(MeteringSystem system) : IClassFixture<MeteringSystem>
{
    private static readonly Actor s_operator = Actor.OfOperator("ana@example.com", OperatorRole.Admin);

    private RecountWriter Writer => new(system.Database, system.Register, system.Clock);

    private RecountReader Reader => new(system.Database, system.Register);

    private RecountRun Run => new(system.Database, system.Register, system.Rebuild, system.Changes, system.Clock, NullLogger<RecountRun>.Instance);

    [Fact]
    public async Task A_rebuild_mends_buckets_that_were_tampered_with_and_says_how_many()
    {
        var customer = await system.Customer();
        await Send(customer, "a", 100);
        await system.Execute("UPDATE usage_buckets SET sum = sum + 1 WHERE customer_id = $1 AND start = (SELECT min(start) FROM usage_buckets WHERE customer_id = $1)", customer.Id);
        await system.Execute("""
            INSERT INTO usage_buckets SELECT customer_id, meter_id, group_id, start - interval '40 days', 1, 1, 1, 1, start - interval '40 days', 1
            FROM usage_buckets WHERE customer_id = $1 ORDER BY start LIMIT 1
            """, customer.Id);

        await Writer.Rebuild(s_operator, customer.Key, CancellationToken.None);
        await Run.Run(CancellationToken.None);

        await system.BucketsEqualEvents(customer);
        var rebuild = await Reader.Rebuild(s_operator, customer.Key, CancellationToken.None);
        Assert.NotNull(rebuild!.EndedAt);
        var meters = system.Register.Now.Meters.Length;
        Assert.Equal((100, 100 * meters, meters + 1), (rebuild.Percent, rebuild.Readings, rebuild.Differences));
    }

    [Fact]
    public async Task A_rebuild_while_events_come_in_and_are_taken_back_ends_equal_to_the_events()
    {
        var customer = await system.Customer();
        await Send(customer, "before", 2_000);
        await system.Execute("UPDATE usage_buckets SET events = events + 7, sum = sum * 2 WHERE customer_id = $1", customer.Id);

        await Writer.Rebuild(s_operator, customer.Key, CancellationToken.None);
        await Task.WhenAll(
            Parallel.ForAsync(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) => await Send(customer, $"during{i}", 25)),
            Parallel.ForAsync(0, 20, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (i, cancellation) =>
                await system.Voids.Void(Actor.System, customer.Key, $"before.{i}", "", cancellation)),
            Run.Run(CancellationToken.None),
            Run.Run(CancellationToken.None));

        await system.BucketsEqualEvents(customer);
    }

    [Fact]
    public async Task Asking_twice_starts_one_rebuild_and_writes_one_line_into_the_trail()
    {
        var customer = await system.Customer();
        await Send(customer, "a", 3);

        await Writer.Rebuild(s_operator, customer.Key, CancellationToken.None);
        await Writer.Rebuild(s_operator, customer.Key, CancellationToken.None);

        Assert.Equal(1, await system.Scalar<long>("SELECT count(*) FROM recounts WHERE customer_id = $1", customer.Id));
        Assert.Equal(1, await system.Scalar<long>("SELECT count(*) FROM audit_entries WHERE action = 'usage.rebuild' AND customer_id = $1 AND actor = $2", customer.Id, s_operator.Name));
        await Run.Run(CancellationToken.None);
        Assert.Equal(0, (await Run.Run(CancellationToken.None)).Done);
    }

    [Fact]
    public async Task A_customer_without_events_is_rebuilt_at_once()
    {
        var customer = await system.Customer();

        await Writer.Rebuild(s_operator, customer.Key, CancellationToken.None);
        await Run.Run(CancellationToken.None);

        Assert.Equal(100, (await Reader.Rebuild(s_operator, customer.Key, CancellationToken.None))!.Percent);
    }

    [Fact]
    public async Task A_meter_that_comes_later_counts_what_came_before_it_only_once_it_was_back_filled()
    {
        var customer = await system.Customer();
        await Send(customer, "old", 10);
        system.Clock.MoveTo(system.Clock.GetUtcNow().AddMinutes(1));
        var meter = await NewMeter();
        await Send(customer, "new", 5);
        Assert.Equal(5, await Used(customer, meter));

        // Whatever counts a quarter-hour anew must not count earlier events by the way.
        await system.Voids.Void(Actor.System, customer.Key, "old.0", "", CancellationToken.None);
        await Writer.Rebuild(s_operator, customer.Key, CancellationToken.None);
        await Run.Run(CancellationToken.None);
        Assert.Equal(5, await Used(customer, meter));
        Assert.Equal("possible", (await Reader.Backfill(s_operator, meter, CancellationToken.None)).State);

        Assert.NotEqual(0, await Writer.Backfill(s_operator, meter, CancellationToken.None));
        await Run.Run(CancellationToken.None);
        Assert.Equal(14, await Used(customer, meter));
        var backfill = await Reader.Backfill(s_operator, meter, CancellationToken.None);
        Assert.Equal(("done", backfill.Customers), (backfill.State, backfill.Done));

        Assert.Equal(0, await Writer.Backfill(s_operator, meter, CancellationToken.None));
        await Run.Run(CancellationToken.None);
        await Send(customer, "later", 1);
        Assert.Equal(15, await Used(customer, meter));
        await system.BucketsEqualEvents(customer);
    }

    [Fact]
    public async Task A_back_fill_leaves_the_buckets_of_other_meters_as_they_are()
    {
        var customer = await system.Customer();
        await Send(customer, "a", 4);
        system.Clock.MoveTo(system.Clock.GetUtcNow().AddMinutes(1));
        var meter = await NewMeter();
        await system.Execute("UPDATE usage_buckets SET sum = 99 WHERE customer_id = $1", customer.Id);

        await Writer.Backfill(s_operator, meter, CancellationToken.None);
        await Run.Run(CancellationToken.None);

        // A wrong bucket is for the proof to find, not for a back-fill to hide.
        Assert.Equal(0, await system.Scalar<long>(
            "SELECT count(*) FROM usage_buckets b JOIN meters m ON m.id = b.meter_id WHERE b.customer_id = $1 AND m.key <> $2 AND sum <> 99", customer.Id, meter));
        Assert.Equal(4, await Used(customer, meter));
        await Writer.Rebuild(s_operator, customer.Key, CancellationToken.None);
        await Run.Run(CancellationToken.None);
        await system.BucketsEqualEvents(customer);
    }

    [Fact]
    public async Task A_meter_of_a_type_that_nobody_read_has_nothing_to_back_fill()
    {
        var key = $"m{Guid.NewGuid():N}"[..12];
        var writer = new MeterWriter(system.Database, system.Register, system.Clock);

        var (meter, _) = await writer.Put(s_operator, key, new MeterDetails(key, $"type-{key}", Aggregation.Count), CancellationToken.None);

        Assert.Null(meter.CountsFrom);
        Assert.Equal("not_needed", (await Reader.Backfill(s_operator, key, CancellationToken.None)).State);
        await system.Execute("DELETE FROM meters WHERE key = $1", key);
        await system.Register.Apply(RegisterChange.Catalog, CancellationToken.None);
    }

    [Theory]
    [InlineData(OperatorRole.Finance)]
    [InlineData(OperatorRole.Support)]
    public async Task A_rebuild_is_an_administrators(OperatorRole role)
    {
        var customer = await system.Customer();

        var refusal = await Assert.ThrowsAsync<Refusal>(() => Writer.Rebuild(Actor.OfOperator("b@example.com", role), customer.Key, CancellationToken.None));

        Assert.Equal(RefusalKind.Forbidden, refusal.Kind);
    }

    private async Task<string> NewMeter()
    {
        var key = $"m{Guid.NewGuid():N}"[..12];
        var writer = new MeterWriter(system.Database, system.Register, system.Clock);
        await writer.Put(s_operator, key, new MeterDetails(key, "llm", Aggregation.Sum) { Value = "tokens" }, CancellationToken.None);
        return key;
    }

    private async Task<decimal> Used(Customer customer, string meter) => (await system.Usage.Series(
        Actor.System, new UsageQuery(customer.Key, meter, new Period(Start.AddDays(-40), Start.AddDays(40)), null, []), CancellationToken.None)).Sum(row => row.Quantity);

    private Task<EventBatch> Send(Customer customer, string name, int count) => system.Send(
        [.. Enumerable.Range(0, count).Select(i => Event(customer, $"{name}.{i}", 1, Start.AddMinutes(-(i * 37) % 20_000).ToString("O", CultureInfo.InvariantCulture)))]);
}
