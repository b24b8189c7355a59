using System.Globalization;
using Portal.Domain.Metering;
using static Portal.Domain.Tests.Metering.MeteringSystem;

namespace Portal.Domain.Tests.Metering;

public sealed class MaintenanceTests(MeteringSystem system) : IClassFixture<MeteringSystem>
{
    [Fact]
    public async Task Months_are_made_ahead_and_events_that_came_before_their_month_move_into_it()
    {
        var customer = await system.Customer();
        await system.Send(Event(customer, "a", 1, "2026-01-15T00:00:00Z"), Event(customer, "b", 2));
        Assert.Equal("events_default", await Partition(customer, "a"));

        Assert.Equal(5, await system.Partitions.Run(Start, CancellationToken.None));
        Assert.Equal("events_2026_01", await Partition(customer, "a"));
        Assert.Equal("events_2026_02", await Partition(customer, "b"));
        Assert.Equal(0, await system.Partitions.Run(Start, CancellationToken.None));
        Assert.Equal("events_2026_01,events_2026_02,events_2026_03,events_2026_04,events_2026_05,events_default", await system.Scalar<string>(
            "SELECT string_agg(inhrelid::regclass::text, ',' ORDER BY inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'events'::regclass"));

        await system.Send(Event(customer, "c", 3, "2026-01-31T23:59:59.999999Z"), Event(customer, "d", 3, "2026-02-01T00:00:00Z"));
        Assert.Equal("events_2026_01", await Partition(customer, "c"));
        Assert.Equal("events_2026_02", await Partition(customer, "d"));
        await system.BucketsEqualEvents(customer);
    }

    [Fact]
    public async Task Months_are_made_while_events_come_in_and_two_makers_make_each_once()
    {
        var system = new MeteringSystem();
        await system.InitializeAsync();
        var customer = await system.Customer();
        await Task.WhenAll(
            Parallel.ForAsync(0, 60, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) =>
                await system.Send([.. Enumerable.Range(0, 20).Select(n => Event(customer, $"e{i}.{n}", n, Start.AddDays(-(n % 3)).ToString("O", CultureInfo.InvariantCulture)))])),
            system.Partitions.Run(Start, CancellationToken.None),
            system.Partitions.Run(Start, CancellationToken.None));
        Assert.Equal(1_200, await system.Scalar<long>("SELECT count(*) FROM events WHERE customer_id = $1", customer.Id));
        Assert.Equal(0, await system.Scalar<long>("SELECT count(*) FROM events_default"));
        await system.BucketsEqualEvents(customer);
        await system.DisposeAsync();
    }

    [Fact]
    public async Task An_id_is_forgotten_when_the_window_from_its_receipt_is_over()
    {
        var customer = await system.Customer();
        await system.Send(Event(customer, "a"), Event(customer, "b"));
        var received = system.Clock.GetUtcNow();

        await system.KeyPrune.Run(received.AddDays(35), CancellationToken.None);
        Assert.Equal(2, await Keys(customer));
        Assert.True(await system.KeyPrune.Run(received.AddDays(35).AddSeconds(1), CancellationToken.None) >= 2);
        Assert.Equal(0, await Keys(customer));
    }

    [Fact]
    public async Task The_inbox_keeps_unknown_events_for_seven_days()
    {
        var customer = await system.Customer();
        await system.Send(Event(customer, "u").Replace("llm", "new", StringComparison.Ordinal));
        var run = new InboxPruneRun(system.Database);
        Assert.Equal(0, await run.Run(system.Clock.GetUtcNow().AddDays(7), CancellationToken.None));
        Assert.Equal(1, await run.Run(system.Clock.GetUtcNow().AddDays(7).AddSeconds(1), CancellationToken.None));
    }

    private Task<long> Keys(Portal.Domain.Accounts.Customer customer) => system.Scalar<long>("SELECT count(*) FROM event_keys WHERE customer_id = $1", customer.Id);

    private Task<string> Partition(Portal.Domain.Accounts.Customer customer, string id) =>
        system.Scalar<string>("SELECT tableoid::regclass::text FROM events WHERE customer_id = $1 AND id = $2", customer.Id, id);
}
