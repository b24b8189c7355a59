using System.Globalization;
using System.Text;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using Xunit.Abstractions;

namespace Portal.Domain.Tests.Metering;

/// <summary>Every aggregation against a brute-force reading of the events, in zones where days have 23, 24, 24.5 and 25 hours.</summary>
public sealed class AggregationTests(MeteringSystem system, ITestOutputHelper output) : IClassFixture<MeteringSystem>, IAsyncLifetime
{
    private static readonly DateTimeOffset s_now = new(2026, 12, 1, 7, 3, 20, TimeSpan.Zero);

    // A day around which the zone's clocks change, where they do.
    private static readonly (string Zone, DateTimeOffset Change)[] s_places =
    [
        ("Europe/Berlin", At("2026-03-29T01:00:00Z")), ("Europe/Berlin", At("2026-10-25T01:00:00Z")),
        ("America/New_York", At("2026-03-08T07:00:00Z")), ("America/New_York", At("2026-11-01T06:00:00Z")),
        ("Australia/Lord_Howe", At("2026-04-04T15:00:00Z")), ("Australia/Lord_Howe", At("2026-10-03T15:30:00Z")),
        ("Asia/Kathmandu", At("2026-10-31T18:15:00Z")), ("Pacific/Kiritimati", At("2026-10-31T10:00:00Z")),
        ("UTC", At("2026-12-01T00:00:00Z")),
    ];

    public static TheoryData<int> Seeds => new(Enumerable.Range(1, 18));

    public async Task InitializeAsync()
    {
        system.Clock.MoveTo(s_now);
        if (system.Register.Now.Meter("o-count") is not null)
        {
            return;
        }

        await using var db = system.Database.CreateDbContext();
        foreach (var aggregation in Enum.GetValues<Aggregation>())
        {
            var value = aggregation switch { Aggregation.Count => null, Aggregation.Unique => "user", _ => "value" };
            db.Meters.AddRange(
                Meter(aggregation, "", value, [], []),
                Meter(aggregation, "-by-model", value, ["model"], []),
                Meter(aggregation, "-of-europe", value, ["region", "model"], new() { ["region"] = ["eu", "uk"] }));
        }

        var credits = Meter(Aggregation.Count, "-credits", null, ["model"], []);
        credits.EventTypes = [new WeightedType("load"), new WeightedType("job", 10)];
        var work = Meter(Aggregation.Sum, "-work", null, [], []);
        work.EventTypes = [new WeightedType("load", 0.25m), new WeightedType("job", 10, "value")];
        var seats = Meter(Aggregation.WeightedSum, "-pairs", "value", [], []);
        seats.EventTypes = [new WeightedType("load"), new WeightedType("job", 2)];
        db.Meters.AddRange(credits, work, seats);
        await system.Register.Save(db, () => RegisterChange.Everything, CancellationToken.None);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Usage_is_what_looking_at_every_event_says(int seed)
    {
        output.WriteLine($"Seed {seed}");
        var random = new Random(seed);
        var (zoneName, change) = s_places[seed % s_places.Length];
        var zone = TimeZoneInfo.FindSystemTimeZoneById(zoneName);
        var customer = await system.Customer(zoneName);
        var sent = Events(random, change, 90);
        var standing = await Send(customer, sent, random);

        foreach (var meter in system.Register.Now.Meters.Where(meter => meter.Types.Any(type => type.Type is "load" or "job")))
        {
            foreach (var (from, to, window) in Questions(random, change))
            {
                string[] groupBy = [.. meter.GroupBy.Where(_ => random.Next(2) == 0)];
                var expected = UsageOracle.Rows(meter, standing, from, to, window, groupBy, zone, s_now);
                var rows = await system.Usage.Series(Actor.System, new UsageQuery(customer.Key, meter.Key, new Period(from, to), window, groupBy), CancellationToken.None);
                var found = rows.Select(row => UsageOracle.Row(row.Start, string.Join('/', groupBy.Select(name => row.Group[name])), row.Quantity, row.Events)).Order(StringComparer.Ordinal).ToList();
                Assert.True(expected.SequenceEqual(found), $"Seed {seed}, {meter.Key} by {string.Join(',', groupBy)}, {window} from {from:O} to {to:O} in {zoneName}\nexpected\n{string.Join('\n', expected)}\nfound\n{string.Join('\n', found)}");
            }
        }

        // The whole in one piece, as it is billed.
        var totals = await system.Usage.Totals(customer.Id, change.AddDays(-3), change.AddDays(2).AddMinutes(7), CancellationToken.None);
        foreach (var meter in system.Register.Now.Meters.Where(meter => meter.Types.Any(type => type.Type is "load" or "job")))
        {
            var expected = UsageOracle.Rows(meter, standing, change.AddDays(-3), change.AddDays(2).AddMinutes(7), null, [], zone, s_now);
            var quantity = UsageTotal.Quantity(meter.Aggregation, [.. totals.Where(total => total.MeterId == meter.Id)], TimeSpan.FromDays(5).Add(TimeSpan.FromMinutes(7)));
            Assert.Contains($" {Math.Round(quantity, 12, MidpointRounding.AwayFromZero).ToString("0.############", CultureInfo.InvariantCulture)} ", expected.Count == 0 ? " 0 " : expected[0], StringComparison.Ordinal);
        }

        await RebuiltIsTheSame(customer, change);
    }

    [Fact]
    public async Task Splitting_reordering_and_repeating_events_changes_no_stored_figure()
    {
        var sent = Events(new Random(99), At("2026-10-25T01:00:00Z"), 120);
        var stored = new List<string>();
        for (var seed = 0; seed < 6; seed++)
        {
            var customer = await system.Customer("Europe/Berlin");
            await Send(customer, sent, new Random(seed), withVoids: false);
            stored.Add(await Stored(customer));
        }

        Assert.NotEmpty(stored[0]);
        Assert.All(stored, one => Assert.Equal(stored[0], one));
    }

    [Fact]
    public async Task Distinct_values_of_two_groups_are_counted_once_and_a_taken_back_event_counts_down()
    {
        var customer = await system.Customer();
        await Send(customer,
            One("a", "2026-11-20T08:01:00Z", user: "ann", model: "x"), One("b", "2026-11-20T08:20:00Z", user: "ann", model: "y"),
            One("c", "2026-11-21T09:00:00Z", user: "ben", model: "x"), One("d", "2026-11-22T09:00:00Z", user: "1", model: "x"));
        Assert.Equal("3", await Quantity(customer, "o-unique"));
        Assert.Equal("3", await Quantity(customer, "o-unique-by-model"));

        await system.Voids.Void(Actor.System, customer.Key, "a", "mistake", CancellationToken.None);
        Assert.Equal("3", await Quantity(customer, "o-unique"));
        await system.Voids.Void(Actor.System, customer.Key, "b", "mistake", CancellationToken.None);
        Assert.Equal("2", await Quantity(customer, "o-unique"));
        await Send(customer, One("late", "2026-11-20T08:01:30Z", user: "ann", model: "y"));
        Assert.Equal("3", await Quantity(customer, "o-unique"));

        // A number and its text are the same value, with needless zeros or without.
        await system.Send($$$"""{"id":"n","customer":"{{{customer.Key}}}","type":"load","time":"2026-11-22T09:30:00Z","properties":{"value":1,"user":1.0}}""");
        Assert.Equal("3", await Quantity(customer, "o-unique"));
    }

    [Fact]
    public async Task A_level_lasts_from_its_change_on_over_windows_without_events_and_is_exact_to_the_microsecond()
    {
        var customer = await system.Customer();
        await Send(customer, One("up", "2026-11-10T00:00:00Z", 10), One("down", "2026-11-20T06:00:00.000001Z", -4));
        var rows = await Series(customer, "o-weightedsum", TimeWindow.Day, "2026-11-18T00:00:00Z", "2026-11-22T00:00:00Z");
        Assert.Equal(["18 10 0", "19 10 0", "20 7.000000000046 1", "21 6 0"], rows.Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Start:dd} {row.Quantity:0.############} {row.Events}")));

        // A day that has not ended counts as far as it has passed: 7 h 3 min 20 s.
        var today = Assert.Single(await Series(customer, "o-weightedsum", TimeWindow.Day, "2026-12-01T00:00:00Z", "2026-12-05T00:00:00Z"));
        Assert.Equal(Math.Round(6m * 25_400 / 86_400, 12), today.Quantity);
        Assert.Empty(await Series(customer, "o-weightedsum", TimeWindow.Day, "2026-12-02T00:00:00Z", "2026-12-05T00:00:00Z"));

        // A change that comes late counts from when it happened.
        await Send(customer, One("late", "2026-11-19T12:00:00Z", 1));
        rows = await Series(customer, "o-weightedsum", TimeWindow.Day, "2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z");
        Assert.Equal([10.5m], rows.Select(row => row.Quantity));
    }

    [Fact]
    public async Task A_level_of_the_largest_values_is_kept_whole()
    {
        var customer = await system.Customer();
        const decimal huge = 999_999_999_999_999.999999999999m;
        await Send(customer, One("a", "2026-11-20T00:00:00.000001Z", huge), One("b", "2026-11-20T00:10:00.000003Z", -huge), One("c", "2026-11-20T00:20:00Z", 0.000000000001m));
        var rows = await Series(customer, "o-weightedsum", null, "2026-11-20T00:00:00Z", "2026-11-20T00:30:00Z");
        Assert.Equal(Exact.To12((System.Numerics.BigInteger)huge * 0 + (new System.Numerics.BigInteger(huge * 1_000_000_000_000m) * 600_000_002) + 600_000_000, System.Numerics.BigInteger.Pow(10, 12) * 1_800_000_000), rows.Single().Quantity);
    }

    private async Task<string> Quantity(Customer customer, string meter) =>
        (await Series(customer, meter, null, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")).Sum(row => row.Quantity).ToString("0.###", CultureInfo.InvariantCulture);

    private Task<IReadOnlyList<UsageRow>> Series(Customer customer, string meter, TimeWindow? window, string from, string to) =>
        system.Usage.Series(Actor.System, new UsageQuery(customer.Key, meter, new Period(At(from), At(to)), window, []), CancellationToken.None);

    private static SentEvent One(string id, string time, decimal value = 1, string user = "u", string model = "m") => new(id, At(time), "load", value, user, model, "eu");

    private static List<SentEvent> Events(Random random, DateTimeOffset around, int count)
    {
        var quarter = TimeSpan.FromMinutes(15).Ticks;
        var sent = new List<SentEvent>();
        for (var i = 0; i < count; i++)
        {
            var ticks = around.UtcTicks + ((long)((random.NextDouble() - 0.6) * TimeSpan.FromDays(6).Ticks) / 10 * 10);
            ticks = random.Next(5) switch { 0 => ticks - (ticks % quarter), 1 when i > 0 => sent[random.Next(i)].Time.UtcTicks, _ => ticks };
            var time = new DateTimeOffset(Math.Min(ticks, s_now.UtcTicks), TimeSpan.Zero);
            sent.Add(new SentEvent(
                string.Create(CultureInfo.InvariantCulture, $"e{i}"), time, random.Next(3) == 0 ? "job" : "load", random.Next(-2_000, 8_000) / 1000m,
                string.Create(CultureInfo.InvariantCulture, $"u{random.Next(12)}"), $"m{(char)('a' + random.Next(3))}", new[] { "eu", "uk", "us" }[random.Next(3)]));
        }

        return sent;
    }

    /// <summary>In any order, in batches of any size, some twice, some taken back: what stands in the end.</summary>
    private async Task<List<SentEvent>> Send(Customer customer, List<SentEvent> events, Random random, bool withVoids = true)
    {
        SentEvent[] order = [.. events, .. events.Where(_ => random.Next(6) == 0)];
        random.Shuffle(order);
        var (sent, voided) = (new HashSet<string>(), new HashSet<string>());
        for (var at = 0; at < order.Length;)
        {
            var some = order.Skip(at).Take(random.Next(1, 40)).ToArray();
            at += some.Length;
            await Send(customer, some);
            sent.UnionWith(some.Select(item => item.Id));
            if (withVoids && sent.ElementAt(random.Next(sent.Count)) is var taken && voided.Add(taken))
            {
                await system.Voids.Void(Actor.System, customer.Key, taken, "a test", CancellationToken.None);
            }
        }

        return [.. events.Where(item => !voided.Contains(item.Id))];
    }

    private async Task Send(Customer customer, params SentEvent[] events)
    {
        var batch = system.Intake.NewBatch();
        var parser = system.Intake.Parser(Actor.System, TimeSpan.FromDays(400));
        Assert.True(parser.Read(EventFormat.Plain, Encoding.UTF8.GetBytes($"[{string.Join(',', events.Select(item => item.Json(customer.Key)))}]"), batch));
        Assert.Empty(batch.Rejected);
        Assert.Equal(WriteOutcome.Stored, await system.Writer.Write(batch));
    }

    private static IEnumerable<(DateTimeOffset From, DateTimeOffset To, TimeWindow? Window)> Questions(Random random, DateTimeOffset change)
    {
        yield return (Near(1), change.AddDays(2).AddMicroseconds(random.Next(2_000_000)), TimeWindow.Day);
        yield return (change.AddHours(-random.Next(6)), Near(1).AddHours(30), TimeWindow.Hour);
        yield return (Near(2), change.AddDays(3).AddMinutes(-random.Next(1_000)), null);
        yield return (change.AddDays(-3), change.AddDays(20), random.Next(2) == 0 ? TimeWindow.Month : TimeWindow.Day);
        var inside = Near(1);
        yield return (inside, inside.AddSeconds(random.Next(1, 700)), null);

        DateTimeOffset Near(int days)
        {
            var ticks = change.UtcTicks + ((long)((random.NextDouble() - 0.5) * 2 * TimeSpan.FromDays(days).Ticks) / 10 * 10);
            return new DateTimeOffset(random.Next(2) == 0 ? ticks : ticks - (ticks % TimeSpan.FromMinutes(15).Ticks), TimeSpan.Zero);
        }
    }

    private async Task RebuiltIsTheSame(Customer customer, DateTimeOffset change)
    {
        var before = await Stored(customer);
        await system.Rebuild.Run(customer.Id, change.AddDays(-5), change.AddDays(5), CancellationToken.None);
        Assert.Equal(before, await Stored(customer));
    }

    private async Task<string> Stored(Customer customer)
    {
        const string sql = """
            SELECT string_agg(line, E'\n' ORDER BY line COLLATE "C") FROM (
                SELECT concat_ws(' ', 'bucket', m.key, g.values, b.start, b.events, trim_scale(b.sum), trim_scale(b.min), trim_scale(b.max), b.last_time, trim_scale(b.last_value)) AS line, b.customer_id
                FROM usage_buckets b JOIN meters m ON m.id = b.meter_id JOIN usage_groups g ON g.id = b.group_id
                UNION ALL
                SELECT concat_ws(' ', 'value', m.key, g.values, b.start, b.value_hash, b.events), b.customer_id
                FROM usage_values b JOIN meters m ON m.id = b.meter_id JOIN usage_groups g ON g.id = b.group_id
                UNION ALL
                SELECT concat_ws(' ', 'day', m.key, g.values, b.start, b.value_hash, b.events), b.customer_id
                FROM usage_value_days b JOIN meters m ON m.id = b.meter_id JOIN usage_groups g ON g.id = b.group_id
                UNION ALL
                SELECT concat_ws(' ', 'moment', m.key, g.values, b.start, b.moment), b.customer_id
                FROM usage_moments b JOIN meters m ON m.id = b.meter_id JOIN usage_groups g ON g.id = b.group_id) AS lines
            WHERE customer_id = $1
            """;
        return await system.Scalar<string>(sql, customer.Id);
    }

    private static Meter Meter(Aggregation aggregation, string suffix, string? value, string[] groupBy, Dictionary<string, string[]> filter) => new()
    {
        Key = $"o-{aggregation.ToString().ToLowerInvariant()}{suffix}", Name = "m", EventType = "load", Aggregation = aggregation, ValueProperty = value,
        GroupBy = groupBy, Filter = filter, Unit = "unit", CreatedAt = MeteringSystem.Start,
    };

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
