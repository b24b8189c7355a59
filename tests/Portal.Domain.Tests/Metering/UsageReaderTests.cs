using Portal.Domain.Accounts;
using Portal.Domain.Metering;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Metering.MeteringSystem;

namespace Portal.Domain.Tests.Metering;

public sealed class UsageReaderTests(MeteringSystem system) : IClassFixture<MeteringSystem>
{
    [Fact]
    public async Task Totals_tell_meters_and_groups_apart()
    {
        var customer = await system.Customer();
        await system.Send(
            Event(customer, "1", 5, "2026-02-05T08:00:00Z", "a"), Event(customer, "2", -2.5m, "2026-02-05T08:20:00Z", "a"), Event(customer, "3", 7, "2026-02-05T08:10:00Z", "b"));

        Assert.Equal(["tokens[a] 2 2.5 -2.5 5", "tokens[b] 1 7 7 7", "calls[] 3 3 1 1"], await Totals(customer, "2026-02-05T00:00:00Z", "2026-02-06T00:00:00Z", "tokens", "calls"));
        Assert.Equal(["latest[] 3 9.5 -2.5 7 -2.5"], await Totals(customer, "2026-02-05T00:00:00Z", "2026-02-06T00:00:00Z", "latest"));
        Assert.Empty(await Totals(customer, "2026-02-06T00:00:00Z", "2026-02-07T00:00:00Z", "tokens"));
    }

    [Theory]
    [InlineData("2026-02-05T08:00:00Z", "2026-02-05T09:00:00Z")]
    [InlineData("2026-02-05T08:07:00Z", "2026-02-05T08:52:00Z")]
    [InlineData("2026-02-05T08:07:00Z", "2026-02-05T08:08:00Z")]
    [InlineData("2026-02-05T08:07:00.5Z", "2026-02-05T08:15:00Z")]
    [InlineData("2026-02-05T08:15:00Z", "2026-02-05T08:16:40Z")]
    [InlineData("2026-02-05T08:14:59.999999Z", "2026-02-05T08:15:00.000001Z")]
    [InlineData("2026-02-05T08:15:00Z", "2026-02-05T08:15:00Z")]
    [InlineData("2026-02-05T07:59:59Z", "2026-02-05T09:30:00Z")]
    public async Task A_part_of_a_quarter_hour_is_exact(string from, string to)
    {
        var customer = await system.Customer();
        var random = new Random(1);
        var times = Enumerable.Range(0, 500).Select(_ => DateTimeOffset.Parse("2026-02-05T08:00:00Z", null) + TimeSpan.FromMicroseconds(random.NextInt64(3_600_000_000)))
            .Concat([DateTimeOffset.Parse("2026-02-05T08:15:00Z", null), DateTimeOffset.Parse("2026-02-05T08:07:00Z", null)]).ToList();
        await system.Send([.. times.Select((time, i) => Event(customer, $"e{i}", i, time.ToString("O"), $"m{i % 3}"))]);

        var (start, end) = (DateTimeOffset.Parse(from, null), DateTimeOffset.Parse(to, null));
        var expected = times.Select((time, i) => (time, i)).Where(item => item.time >= start && item.time < end).GroupBy(item => $"m{item.i % 3}")
            .Select(group => (group.Key, (long)group.Count(), (decimal)group.Sum(item => item.i))).Order();
        var totals = await system.Usage.Totals(customer.Id, start, end, CancellationToken.None);
        Assert.Equal(expected, totals.Where(total => Key(total) == "tokens").Select(total => (total.Group[0], total.Events, total.Sum)).Order());
    }

    [Fact]
    public async Task Of_two_events_at_one_instant_the_larger_is_the_latest_in_whatever_order_they_come()
    {
        foreach (var values in new[] { (1, 9), (9, 1) })
        {
            var customer = await system.Customer();
            await system.Send(Event(customer, "a", values.Item1, "2026-02-05T08:00:00Z"));
            await system.Send(Event(customer, "b", values.Item2, "2026-02-05T08:00:00Z"));
            Assert.Equal(["latest[] 2 10 1 9 9"], await Totals(customer, "2026-02-05T00:00:00Z", "2026-02-06T00:00:00Z", "latest"));
            await system.BucketsEqualEvents(customer);
        }
    }

    [Fact]
    public async Task A_series_is_cut_at_the_midnights_of_the_customers_zone()
    {
        var customer = await system.Customer("Asia/Kathmandu");
        await system.Send(Event(customer, "1", 1, "2026-02-03T18:14:59Z"), Event(customer, "2", 2, "2026-02-03T18:15:00Z"), Event(customer, "3", 4, "2026-02-05T00:00:00Z"));
        var rows = await Series(customer, "tokens", TimeWindow.Day, "2026-02-03T00:00:00Z", "2026-02-06T00:00:00Z");
        Assert.Equal(["2026-02-02T18:15 1 1", "2026-02-03T18:15 2 1", "2026-02-04T18:15 4 1"], rows.Select(Line));

        var whole = await Series(customer, "tokens", null, "2026-02-03T18:15:00Z", "2026-02-05T00:00:00Z");
        Assert.Equal(["2026-02-03T18:15 2 1"], whole.Select(Line));
    }

    [Fact]
    public async Task A_series_tells_apart_what_is_asked_for_and_follows_the_meters_aggregation()
    {
        var customer = await system.Customer();
        await system.Send(Event(customer, "1", 1, "2026-02-05T08:01:00Z", "a"), Event(customer, "2", 5, "2026-02-05T08:16:00Z", "b"), Event(customer, "3", 3, "2026-02-05T09:00:00Z", "a"));
        var byModel = await Series(customer, "tokens", TimeWindow.Hour, "2026-02-05T08:00:00Z", "2026-02-05T10:00:00Z", "model");
        Assert.Equal(["08 a 1", "08 b 5", "09 a 3"], byModel.Select(row => $"{row.Start:HH} {row.Group["model"]} {row.Quantity}"));

        foreach (var (meter, expected) in new[] { ("tokens", "6 3"), ("calls", "2 1"), ("peak", "5 3"), ("low", "1 3"), ("mean", "3 3"), ("latest", "5 3") })
        {
            var rows = await Series(customer, meter, TimeWindow.Hour, "2026-02-05T08:00:00Z", "2026-02-05T10:00:00Z");
            Assert.Equal(expected, string.Join(' ', rows.Select(row => $"{row.Quantity:0.###}")));
        }

        var all = await system.Usage.Series(Actor.System, new UsageQuery(customer.Key, null, Span("2026-02-05T08:00:00Z", "2026-02-05T10:00:00Z"), null, ["model"]), CancellationToken.None);
        Assert.Equal(["calls", "latest", "low", "mean", "peak", "tokens", "tokens"], all.Select(row => row.Meter));
    }

    [Fact]
    public async Task A_question_that_makes_no_sense_is_refused_with_the_field()
    {
        var customer = await system.Customer();
        var day = Span("2026-02-05T00:00:00Z", "2026-02-06T00:00:00Z");
        Assert.Equal("meter", await Field(new UsageQuery(customer.Key, "nothing", day, null, [])));
        Assert.Equal("groupBy", await Field(new UsageQuery(customer.Key, "tokens", day, null, ["region'; DROP TABLE events"])));
        Assert.Equal("window", await Field(new UsageQuery(customer.Key, "tokens", Span("0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z"), TimeWindow.Hour, [])));
        await Assert.ThrowsAsync<Refusal>(() => system.Usage.Series(new Actor("other", customer.Id + 1, Scopes.UsageRead, null, null), new UsageQuery(customer.Key, null, day, null, []), CancellationToken.None));

        async Task<string> Field(UsageQuery query) =>
            (await Assert.ThrowsAsync<InvalidInputException>(() => system.Usage.Series(Actor.System, query, CancellationToken.None))).Errors.Items[0].Path;
    }

    [Fact]
    public async Task An_answer_of_too_many_figures_is_refused_before_it_fills_the_memory()
    {
        var customer = await system.Customer();
        await system.Send([.. Enumerable.Range(0, 50).Select(i => Event(customer, $"e{i}", 1, model: $"m{i}"))]);
        await system.Execute("""
            INSERT INTO usage_buckets (customer_id, meter_id, group_id, start, events, sum, min, max, last_time, last_value)
            SELECT bucket.customer_id, bucket.meter_id, bucket.group_id, hour, 1, 1, 1, 1, hour, 1
            FROM usage_buckets bucket JOIN meters ON meters.id = bucket.meter_id AND meters.key = 'tokens',
                generate_series('2025-03-01Z'::timestamptz, '2025-10-01Z', '1 hour') AS hour
            WHERE bucket.customer_id = $1
            """, customer.Id);
        var year = new UsageQuery(customer.Key, "tokens", Span("2025-03-01T00:00:00Z", "2025-10-01T00:00:00Z"), TimeWindow.Hour, []);
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => system.Usage.Series(Actor.System, year, CancellationToken.None));
        Assert.Equal("window", refused.Errors.Items[0].Path);
        Assert.Equal(214, (await system.Usage.Series(Actor.System, year with { Window = TimeWindow.Day }, CancellationToken.None)).Count);
    }

    [Fact]
    public async Task Sums_larger_than_a_decimal_holds_lose_only_what_stands_after_the_point()
    {
        var customer = await system.Customer();
        await system.Send([.. Enumerable.Range(0, 40).Select(i => Event(customer, $"e{i}", 999_999_999_999_999.000000000001m, $"2026-02-04T{i % 24:00}:00:00Z"))]);
        var total = Assert.Single(await system.Usage.Totals(customer.Id, Start.AddDays(-2), Start, CancellationToken.None), total => Key(total) == "tokens");
        Assert.Equal(39_999_999_999_999_960m, total.Sum);
    }

    [Fact]
    public async Task What_is_taken_back_is_gone_from_every_number_and_stays_as_an_event()
    {
        var customer = await system.Customer();
        await system.Send(Event(customer, "a", 5, "2026-02-05T08:01:00Z"), Event(customer, "b", 9, "2026-02-05T08:02:00Z"), Event(customer, "c", 2, "2026-02-05T08:20:00Z"));
        var voided = await system.Voids.Void(Actor.System, customer.Key, "b", "sent by mistake", CancellationToken.None);
        Assert.Equal(DateTimeOffset.Parse("2026-02-05T08:02:00Z", null), voided.Time);

        Assert.Equal(["peak[] 2 7 2 5"], await Totals(customer, "2026-02-05T08:00:00Z", "2026-02-05T09:00:00Z", "peak"));
        Assert.Equal(["peak[] 1 5 5 5"], await Totals(customer, "2026-02-05T08:00:00Z", "2026-02-05T08:14:00Z", "peak"));
        await system.BucketsEqualEvents(customer);
        Assert.Equal(2, await system.Scalar<long>("SELECT usage_version FROM customers WHERE id = $1", customer.Id));

        // Again: nothing happens, and the first reason stands.
        Assert.Equal(voided, await system.Voids.Void(Actor.System, customer.Key, "b", "other", CancellationToken.None));
        Assert.Equal(2, await system.Scalar<long>("SELECT usage_version FROM customers WHERE id = $1", customer.Id));
        Assert.Equal(1, (await system.Send(Event(customer, "b", 9, "2026-02-05T08:02:00Z"))).Duplicates);

        var shown = await system.Events.Read(Actor.System, new EventQuery(customer.Key, null, new Dictionary<string, string>(), Span("2026-02-05T00:00:00Z", "2026-02-06T00:00:00Z"), null, 50), CancellationToken.None);
        Assert.Equal(["c", "b sent by mistake", "a"], shown.Items.Select(item => $"{item.Id} {item.Voided?.Reason}".TrimEnd()));
        Assert.Equal("event.void b sent by mistake", await system.Scalar<string>("SELECT concat_ws(' ', action, subject, detail) FROM audit_entries WHERE customer_id = $1", customer.Id));
    }

    [Fact]
    public async Task What_nobody_sent_cannot_be_taken_back_nor_can_anothers()
    {
        var customer = await system.Customer();
        await system.Send(Event(customer, "a"));
        await Assert.ThrowsAsync<Refusal>(() => system.Voids.Void(Actor.System, customer.Key, "nothing", "r", CancellationToken.None));
        await Assert.ThrowsAsync<Refusal>(() => system.Voids.Void(new Actor("other", customer.Id + 1, Scopes.EventsWrite, null, null), customer.Key, "a", "r", CancellationToken.None));
        Assert.Equal(1, await system.Scalar<long>("SELECT usage_version FROM customers WHERE id = $1", customer.Id));
    }

    [Fact]
    public async Task Taking_back_and_sending_at_the_same_time_leaves_buckets_and_events_equal()
    {
        var customer = await system.Customer();
        await system.Send([.. Enumerable.Range(0, 100).Select(i => Event(customer, $"old{i}", i, "2026-02-05T08:01:00Z"))]);
        await Task.WhenAll(
            Parallel.ForAsync(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) => await system.Send([.. Enumerable.Range(0, 20).Select(n => Event(customer, $"new{i}.{n}", n, "2026-02-05T08:02:00Z"))])),
            Parallel.ForAsync(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) => await system.Voids.Void(Actor.System, customer.Key, $"old{i / 2}", "r", CancellationToken.None)));
        Assert.Equal(20, await system.Scalar<long>("SELECT count(*) FROM event_voids WHERE customer_id = $1", customer.Id));
        await system.BucketsEqualEvents(customer);
    }

    [Fact]
    public async Task Buckets_made_anew_from_the_events_are_the_same()
    {
        var customer = await system.Customer();
        await system.Send([.. Enumerable.Range(0, 300).Select(i => Event(customer, $"e{i}", i % 17, Start.AddMinutes(-i * 7).ToString("O"), $"m{i % 4}"))]);
        await system.Scalar<long>("WITH gone AS (DELETE FROM usage_buckets WHERE customer_id = $1 RETURNING 1) SELECT count(*) FROM gone", customer.Id);
        await system.Rebuild.Run(customer.Id, Start.AddDays(-3), Start.AddMinutes(1), CancellationToken.None);
        await system.BucketsEqualEvents(customer);

        // Once more, over what is there.
        await system.Rebuild.Run(customer.Id, Start.AddHours(-5).AddMinutes(-1), Start.AddHours(-4), CancellationToken.None);
        await system.BucketsEqualEvents(customer);
    }

    [Fact]
    public async Task Events_are_paged_newest_first_also_where_many_share_an_instant()
    {
        var customer = await system.Customer();
        await system.Send([.. Enumerable.Range(0, 25).Select(i => Event(customer, $"é/{i:00}", i, $"2026-02-05T08:0{i % 3}:00Z", i % 2 == 0 ? "even" : "odd"))]);
        var expected = Enumerable.Range(0, 25).OrderByDescending(i => i % 3).ThenByDescending(i => i).Select(i => $"é/{i:00}").ToList();
        Assert.Equal(expected, await Pages(new EventQuery(customer.Key, null, new Dictionary<string, string>(), Span("2026-02-05T08:00:00Z", "2026-02-05T09:00:00Z"), null, 4)));
        Assert.Equal(expected.Where(id => id[^1] % 2 == 1), await Pages(new EventQuery(customer.Key, "tokens", new Dictionary<string, string> { ["model"] = "odd" }, Span("2026-02-05T08:00:00Z", "2026-02-05T09:00:00Z"), null, 5)));
        Assert.Equal(8, (await Pages(new EventQuery(customer.Key, null, new Dictionary<string, string>(), Span("2026-02-05T08:02:00Z", "2026-02-05T08:03:00Z"), null, 8))).Count);
        var wrong = new EventQuery(customer.Key, null, new Dictionary<string, string>(), Span("2026-02-05T08:00:00Z", "2026-02-05T09:00:00Z"), "!!", 4);
        await Assert.ThrowsAsync<InvalidInputException>(() => system.Events.Read(Actor.System, wrong, CancellationToken.None));
    }

    private async Task<List<string>> Pages(EventQuery query)
    {
        var ids = new List<string>();
        for (string? after = null; ;)
        {
            var page = await system.Events.Read(Actor.System, query with { After = after }, CancellationToken.None);
            Assert.InRange(page.Items.Count, 0, query.Limit);
            ids.AddRange(page.Items.Select(item => item.Id));
            if (page.Next is null)
            {
                return ids;
            }

            after = page.Next;
        }
    }

    private async Task<List<string>> Totals(Customer customer, string from, string to, params string[] meters)
    {
        var totals = await system.Usage.Totals(customer.Id, DateTimeOffset.Parse(from, null), DateTimeOffset.Parse(to, null), CancellationToken.None);
        return [.. totals.Where(total => meters.Contains(Key(total))).OrderBy(total => Array.IndexOf(meters, Key(total))).ThenBy(total => string.Join(',', total.Group))
            .Select(total => $"{Key(total)}[{string.Join(',', total.Group)}] {total.Events} {total.Sum:0.###} {total.Min:0.###} {total.Max:0.###} {total.Last:0.###}".TrimEnd())];
    }

    private Task<IReadOnlyList<UsageRow>> Series(Customer customer, string meter, TimeWindow? window, string from, string to, params string[] groupBy) =>
        system.Usage.Series(Actor.System, new UsageQuery(customer.Key, meter, Span(from, to), window, groupBy), CancellationToken.None);

    private string Key(UsageTotal total) => system.Register.Now.Meters.Single(meter => meter.Id == total.MeterId).Key;

    private static string Line(UsageRow row) => $"{row.Start:yyyy-MM-ddTHH:mm} {row.Quantity:0.###} {row.Events}";

    private static Period Span(string from, string to) => new(DateTimeOffset.Parse(from, null), DateTimeOffset.Parse(to, null));
}
