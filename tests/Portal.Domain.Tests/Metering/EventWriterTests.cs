using System.Collections.Concurrent;
using System.Globalization;
using Portal.Domain.Accounts;
using Portal.Domain.Metering;
using static Portal.Domain.Tests.Metering.MeteringSystem;

namespace Portal.Domain.Tests.Metering;

public sealed class EventWriterTests(MeteringSystem system) : IClassFixture<MeteringSystem>
{
    [Fact]
    public async Task An_event_is_stored_as_it_came_and_its_customer_is_told_of()
    {
        var customer = await system.Customer();
        var heard = new ConcurrentQueue<int>();
        system.Changes.Changed += ids => ids.ToList().ForEach(heard.Enqueue);
        var batch = await system.Send(Event(customer, "é😀", 2.50m, "2026-02-05T09:59:59.123456Z"));

        Assert.Equal((1, 0, 0), (batch.Accepted, batch.Duplicates, batch.Rejected.Count));
        Assert.Equal("é😀|llm|2026-02-05T09:59:59.123456|t|{\"model\": \"m\", \"tokens\": 2.50}|1", await system.Scalar<string>(
            "SELECT concat_ws('|', id, type, to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), billable, properties, usage_version) FROM events WHERE customer_id = $1",
            customer.Id));
        Assert.Equal(1, await system.Scalar<long>("SELECT usage_version FROM customers WHERE id = $1", customer.Id));
        Assert.Contains(customer.Id, heard);
        await system.BucketsEqualEvents(customer);
    }

    [Fact]
    public async Task Sending_again_counts_nothing_twice_and_raises_no_version()
    {
        var customer = await system.Customer();
        string[] events = [Event(customer, "a", 1, "2026-02-05T09:00:00Z"), Event(customer, "b", 2)];
        await system.Send(events);
        system.Clock.MoveTo(system.Clock.GetUtcNow().AddMinutes(1));
        var again = await system.Send([.. events, Event(customer, "c", 3)]);

        Assert.Equal((1, 2, 0), (again.Accepted, again.Duplicates, again.Rejected.Count));
        await system.Send(events);
        Assert.Equal(2, await system.Scalar<long>("SELECT usage_version FROM customers WHERE id = $1", customer.Id));
        Assert.Equal(3, await system.Scalar<long>("SELECT count(*) FROM events WHERE customer_id = $1", customer.Id));
        await system.BucketsEqualEvents(customer);
    }

    [Theory]
    [InlineData("2026-02-05T09:00:00Z", 1, "llm", true)]
    [InlineData("2026-02-05T10:00:00+01:00", 1, "llm", true)]
    [InlineData("2026-02-05T09:00:01Z", 1, "llm", false)]
    [InlineData("2026-01-20T09:00:00Z", 1, "llm", false)]
    [InlineData("2026-02-05T09:00:00Z", 2, "llm", false)]
    [InlineData(null, 1, "llm", false)]
    public async Task T40_the_same_id_with_other_content_is_a_conflict_in_whatever_month(string? time, int tokens, string type, bool isSame)
    {
        var customer = await system.Customer();
        await system.Send(Event(customer, "a", 1, "2026-02-05T09:00:00Z"));
        var again = await system.Send(Event(customer, "x"), Event(customer, "a", tokens, time).Replace("llm", type, StringComparison.Ordinal));

        Assert.Equal(isSame ? 1 : 0, again.Duplicates);
        Assert.Equal(isSame ? [] : [(1, "a", "conflict")], again.Rejected.Select(rejected => (rejected.Index, rejected.Id, rejected.Code)));
        Assert.Equal(1, await system.Scalar<long>("SELECT count(*) FROM events WHERE customer_id = $1 AND id = 'a'", customer.Id));
        await system.BucketsEqualEvents(customer);
    }

    [Fact]
    public async Task Within_a_batch_the_first_stands_unless_one_was_there_before()
    {
        var customer = await system.Customer();
        var first = await system.Send(Event(customer, "a", 1), Event(customer, "a", 2), Event(customer, "a", 1), Event(customer, "b", 5));
        Assert.Equal((2, 1), (first.Accepted, first.Duplicates));
        Assert.Equal([1], first.Rejected.Select(rejected => rejected.Index));

        var second = await system.Send(Event(customer, "a", 2), Event(customer, "a", 1), Event(customer, "c", 1), Event(customer, "c", 1));
        Assert.Equal((1, 2), (second.Accepted, second.Duplicates));
        Assert.Equal([0], second.Rejected.Select(rejected => rejected.Index));
        await system.BucketsEqualEvents(customer);
    }

    [Fact]
    public async Task The_same_id_of_two_customers_is_two_events()
    {
        var (one, other) = (await system.Customer(), await system.Customer());
        Assert.Equal(2, (await system.Send(Event(one, "a"), Event(other, "a"))).Accepted);
    }

    [Fact]
    public async Task Late_events_land_in_their_own_quarter_hour_and_month()
    {
        var customer = await system.Customer();
        await system.Send(Event(customer, "now", 1), Event(customer, "late", 2, "2026-01-04T23:59:59.999999Z"), Event(customer, "edge", 4, "2026-01-05T00:00:00Z"));
        Assert.Equal(3, await system.Scalar<long>("SELECT count(DISTINCT start) FROM usage_buckets WHERE customer_id = $1", customer.Id));
        await system.BucketsEqualEvents(customer);
    }

    [Fact]
    public async Task While_a_customer_is_paused_events_are_stored_and_count_nowhere()
    {
        var customer = await system.Customer();
        await system.Pause(customer, system.Clock.GetUtcNow() - TimeSpan.FromSeconds(61));
        Assert.Equal(1, (await system.Send(Event(customer, "a", 5))).Accepted);
        Assert.False(await system.Scalar<bool>("SELECT billable FROM events WHERE customer_id = $1", customer.Id));
        Assert.Equal(0, await system.Scalar<long>("SELECT count(*) FROM usage_buckets WHERE customer_id = $1", customer.Id));
        Assert.Equal(1, await system.Scalar<long>("SELECT usage_version FROM customers WHERE id = $1", customer.Id));
    }

    [Fact]
    public async Task An_event_of_an_unknown_type_is_in_the_inbox_once()
    {
        var customer = await system.Customer();
        var unknown = Event(customer, "u").Replace("llm", "new.type", StringComparison.Ordinal);
        var batch = await system.Send(unknown, Event(customer, "a"));
        Assert.Equal((1, "unknown_type"), (batch.Accepted, batch.Rejected[0].Code));
        await system.Send(unknown);
        Assert.Equal("u|new.type|{\"model\": \"m\", \"tokens\": 1}", await system.Scalar<string>(
            "SELECT string_agg(concat_ws('|', event_id, type, properties), ';') FROM unknown_events WHERE customer_id = $1", customer.Id));
    }

    [Fact]
    public async Task Groups_with_long_values_are_told_apart()
    {
        var customer = await system.Customer();
        await system.Send(Event(customer, "a", 1, model: s_faces + "a"), Event(customer, "b", 2, model: s_faces + "b"));
        await system.BucketsEqualEvents(customer);
    }

    [Fact]
    public async Task Groups_beyond_the_maximum_are_counted_together()
    {
        var customer = await system.Customer();
        for (var from = 0; from < UsageGroups.Max + 1_000; from += 5_500)
        {
            await system.Send([.. Enumerable.Range(from, 5_500).Select(i => Event(customer, $"e{i}", 1, model: $"m{i}"))]);
        }

        await system.Send(Event(customer, "one more", 1, model: "new"), Event(customer, "known", 1, model: "m7"));
        const string usage = "SELECT sum(b.sum)::bigint FROM usage_buckets b JOIN usage_groups g ON g.id = b.group_id JOIN meters m ON m.id = b.meter_id WHERE b.customer_id = $1 AND m.key = 'tokens' AND g.values = $2";
        Assert.Equal(1_001, await system.Scalar<long>(usage, customer.Id, new[] { "(other)" }));
        Assert.Equal(2, await system.Scalar<long>(usage, customer.Id, new[] { "m7" }));
        Assert.Equal(UsageGroups.Max + 1, await system.Scalar<long>(
            "SELECT count(*) FROM usage_groups g JOIN meters m ON m.id = g.meter_id WHERE g.customer_id = $1 AND m.key = 'tokens'", customer.Id));
        Assert.Equal($"usage.groups:{customer.Id}:tokens", await system.Scalar<string>("SELECT key FROM alarms WHERE customer_id = $1", customer.Id));
    }

    [Fact]
    public async Task Senders_of_overlapping_batches_in_random_order_lose_nothing_and_double_nothing()
    {
        const int senders = 8;
        const int rounds = 12;
        const int ids = 1_500;
        var seed = Environment.TickCount;
        var customers = new List<Customer>();
        for (var i = 0; i < 4; i++)
        {
            customers.Add(await system.Customer());
        }

        var deadlocks = await Deadlocks();
        var results = await Task.WhenAll(Enumerable.Range(0, senders).Select(sender => Task.Run(async () =>
        {
            var random = new Random(seed + sender);
            var sum = (Accepted: 0, Duplicates: 0, Conflicts: 0);
            for (var round = 0; round < rounds; round++)
            {
                var events = Enumerable.Range(0, 200).Select(_ => random.Next(ids)).Select(id =>
                    Event(customers[id % customers.Count], $"id{id}", id % 97, Time(id), $"m{id % 5}")).ToArray();
                var batch = await system.Send(events);
                sum = (sum.Accepted + batch.Accepted, sum.Duplicates + batch.Duplicates, sum.Conflicts + batch.Rejected.Count);
            }

            return sum;
        })));

        var stored = await system.Scalar<long>("SELECT count(*) FROM events WHERE customer_id = ANY ($1)", customers.Select(customer => customer.Id).ToArray());
        Assert.True(results.Sum(result => result.Accepted) == stored, $"Seed {seed}: acknowledged is not stored.");
        Assert.Equal(senders * rounds * 200, results.Sum(result => result.Accepted + result.Duplicates));
        Assert.Equal(0, results.Sum(result => result.Conflicts));
        Assert.Equal(stored, await system.Scalar<long>("SELECT count(DISTINCT (customer_id, id)) FROM events WHERE customer_id = ANY ($1)", customers.Select(customer => customer.Id).ToArray()));
        foreach (var customer in customers)
        {
            await system.BucketsEqualEvents(customer);
        }

        Assert.Equal(deadlocks, await Deadlocks());
    }

    [Fact]
    public async Task Of_senders_who_give_one_id_different_content_exactly_one_wins()
    {
        var customer = await system.Customer();
        for (var round = 0; round < 20; round++)
        {
            var batches = await Task.WhenAll(Enumerable.Range(0, 6).Select(sender => system.Send(Event(customer, $"same{round}", sender), Event(customer, $"own{round}.{sender}", 1))));
            Assert.Equal(7, batches.Sum(batch => batch.Accepted));
            Assert.Equal(5, batches.Sum(batch => batch.Rejected.Count(rejected => rejected.Code == "conflict")));
        }

        await system.BucketsEqualEvents(customer);
    }

    [Fact]
    public async Task Each_transaction_has_a_version_of_its_own_also_while_somebody_else_raises_versions()
    {
        var (one, other) = (await system.Customer(), await system.Customer());
        using var stop = new CancellationTokenSource();
        var raised = 0;
        var raising = Task.Run(async () =>
        {
            // A void or a recount does; the pauses are there so that what the writer foretells is right now and then.
            while (!stop.IsCancellationRequested)
            {
                await system.Execute("UPDATE customers SET usage_version = usage_version + 1 WHERE id = $1", one.Id);
                raised++;
                await Task.Delay(20);
            }
        });
        await Parallel.ForAsync(0, 300, new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (i, _) =>
        {
            var batch = await system.Send([.. Enumerable.Range(0, 400).Select(n => Event(n % 2 == 0 ? one : other, $"e{i}.{n}", n))]);
            Assert.Equal(400, batch.Accepted);
        });
        await stop.CancelAsync();
        await raising;

        // The rows of one transaction have the same xmin.
        foreach (var (customer, others) in new[] { (one, raised), (other, 0) })
        {
            Assert.Equal("60000|0|0", await system.Scalar<string>("""
                SELECT concat_ws('|', sum(events), count(*) FILTER (WHERE versions > 1), count(*) - count(DISTINCT version))
                FROM (SELECT count(*) AS events, count(DISTINCT usage_version) AS versions, min(usage_version) AS version FROM events WHERE customer_id = $1 GROUP BY xmin::text) each
                """, customer.Id));
            Assert.Equal(0, await system.Scalar<long>("""
                SELECT usage_version - $2 - (SELECT count(DISTINCT usage_version) FROM events WHERE customer_id = $1) FROM customers WHERE id = $1
                """, customer.Id, (long)others));
            await system.BucketsEqualEvents(customer);
        }

        Assert.True(raised > 0);
    }

    [Fact]
    public void Notices_are_short_enough_and_name_everyone_once()
    {
        var notices = UsageChanges.Notices(Enumerable.Range(1_000_000, 20_000));
        Assert.All(notices, notice => Assert.True(notice.Length < 8_000));
        Assert.Equal(Enumerable.Range(1_000_000, 20_000), notices.SelectMany(notice => notice.Split(',')).Select(number => int.Parse(number, CultureInfo.InvariantCulture)));
    }

    private static readonly string s_faces = string.Concat(Enumerable.Repeat("😀", 999));

    private static string Time(int id) => Start.AddMinutes(-id * 17).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private Task<long> Deadlocks() => system.Scalar<long>("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
}
