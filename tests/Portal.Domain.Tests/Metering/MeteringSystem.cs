using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Limits;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using Portal.Tests.Shared;

namespace Portal.Domain.Tests.Metering;

/// <summary>Metering on a real database: meters of type "llm", and as many customers as tests make. The clock stands at 2026-02-05 10:00 UTC until it is moved.</summary>
public sealed class MeteringSystem : IAsyncLifetime
{
    public static readonly DateTimeOffset Start = new(2026, 2, 5, 10, 0, 0, TimeSpan.Zero);

    private static int s_customers;

    internal PortalOptions Options { get; } = new() { Ingest = { Writers = 2 } };

    public TestDatabase Database { get; } = new();

    public BusinessClock Clock { get; } = new(new StoppedClock(Start));

    public Register Register { get; private set; } = null!;

    public UsageGroups Groups { get; private set; } = null!;

    public UsageChanges Changes { get; } = new();

    public EventIntake Intake { get; private set; } = null!;

    public EventWriter Writer { get; private set; } = null!;

    public UsageReader Usage { get; private set; } = null!;

    public EventReader Events { get; private set; } = null!;

    public BucketRebuild Rebuild { get; private set; } = null!;

    public VoidWriter Voids { get; private set; } = null!;

    public AlarmWriter Alarms { get; private set; } = null!;

    public PartitionRun Partitions => new(Database.Source, Options, Alarms, Clock);

    public KeyPruneRun KeyPrune => new(Database.Source, Options);

    public async Task InitializeAsync()
    {
        await Database.InitializeAsync();
        Register = new Register(Database);
        Alarms = new AlarmWriter(Database, Clock, NullLogger<AlarmWriter>.Instance);
        await using var db = Database.CreateDbContext();
        db.Meters.AddRange(
            Meter("tokens", Aggregation.Sum, "tokens", ["model"]),
            Meter("calls", Aggregation.Count, null, []),
            Meter("peak", Aggregation.Max, "tokens", []),
            Meter("low", Aggregation.Min, "tokens", []),
            Meter("mean", Aggregation.Avg, "tokens", []),
            Meter("latest", Aggregation.Latest, "tokens", []));
        await db.SaveChangesAsync();
        await Register.Apply(RegisterChange.Everything, CancellationToken.None);

        Groups = new UsageGroups(Database.Source, Alarms);
        Intake = new EventIntake(Register, Groups, Clock, Options);
        Writer = new EventWriter(Database.Source, Groups, Changes, Options, TimeProvider.System, NullLogger<EventWriter>.Instance);
        var stored = new StoredEvents(Intake, Groups);
        Usage = new UsageReader(Database.Source, Register, Groups, stored, Clock);
        Events = new EventReader(Database.Source, Register);
        Rebuild = new BucketRebuild(Database.Source, stored, Changes);
        Voids = new VoidWriter(Database, Register, Rebuild, Changes, Clock);
        await Writer.StartAsync(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await Writer.StopAsync(CancellationToken.None);
        Writer.Dispose();
        Register.Dispose();
        Alarms.Dispose();
        await Database.DisposeAsync();
    }

    public static Meter Meter(string key, Aggregation aggregation, string? value, string[] groupBy) => new()
    {
        Key = key, Name = key, EventType = "llm", Aggregation = aggregation, ValueProperty = value,
        GroupBy = groupBy, Filter = [], Unit = "token", CreatedAt = Start,
    };

    /// <summary>A new customer.</summary>
    public async Task<Customer> Customer(string timeZone = "UTC")
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"c{Interlocked.Increment(ref s_customers)}");
        await using var db = Database.CreateDbContext();
        var customer = new Customer { Key = key, Name = key, Email = $"{key}@example.com", Currency = "USD", TimeZone = timeZone, CreatedAt = Start };
        db.Customers.Add(customer);
        await Register.Save(db, () => RegisterChange.Of(customer), CancellationToken.None);
        return customer;
    }

    /// <summary>Pauses or resumes a customer.</summary>
    public async Task Pause(Customer customer, DateTimeOffset pausedAt)
    {
        await using var db = Database.CreateDbContext();
        db.Pauses.Add(new Pause { CustomerId = customer.Id, Cause = PauseCause.Operator, PausedAt = pausedAt, Actor = "test" });
        await Register.Save(db, () => RegisterChange.Of(customer), CancellationToken.None);
    }

    /// <summary>Sends events in the short form and has them written.</summary>
    public async Task<EventBatch> Send(params string[] events)
    {
        var batch = Intake.NewBatch();
        Assert.True(Intake.Parser(Actor.System).Read(EventFormat.Plain, Encoding.UTF8.GetBytes($"[{string.Join(',', events)}]"), batch));
        Assert.Equal(WriteOutcome.Stored, await Writer.Write(batch));
        return batch;
    }

    /// <summary>An event in the short form.</summary>
    public static string Event(Customer customer, string id, decimal tokens = 1, string? time = null, string model = "m") =>
        string.Create(CultureInfo.InvariantCulture, $$"""
            {"id":"{{id}}","customer":"{{customer.Key}}","type":"llm","properties":{"tokens":{{tokens}},"model":"{{model}}"}{{(time is null ? "" : $",\"time\":\"{time}\"")}}}
            """);

    /// <summary>Reads one value with SQL of the test's own.</summary>
    public async Task<T> Scalar<T>(string sql, params object[] values)
    {
        await using var command = Database.Source.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Does something behind the product's back.</summary>
    public async Task Execute(string sql, params object[] values)
    {
        await using var command = Database.Source.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Fails where the customer's buckets differ from what its events add up to, counted by SQL that shares nothing with the product.</summary>
    public async Task BucketsEqualEvents(Customer customer)
    {
        const string sql = """
            WITH counted AS (
                SELECT e.*, (e.properties->>'tokens')::numeric AS value, COALESCE(e.properties->>'model', '') AS model FROM events e
                WHERE e.customer_id = $1 AND e.billable AND NOT EXISTS (
                    SELECT FROM event_voids v JOIN event_keys k USING (customer_id, id_hash)
                    WHERE v.customer_id = e.customer_id AND v.event_time = e.time AND v.id_hash = substr(encode(sha256(e.id::bytea), 'hex'), 1, 32)::uuid)),
            expected AS (
                SELECT m.id, date_bin('15 minutes', c.time, '2000-01-01Z'), CASE WHEN m.key = 'tokens' THEN ARRAY[model] ELSE '{}' END, count(*),
                    sum(CASE WHEN m.key = 'calls' THEN 1 ELSE value END), min(CASE WHEN m.key = 'calls' THEN 1 ELSE value END),
                    max(CASE WHEN m.key = 'calls' THEN 1 ELSE value END), max(c.time),
                    (array_agg(CASE WHEN m.key = 'calls' THEN 1 ELSE value END ORDER BY c.time DESC, value DESC))[1]
                FROM counted c CROSS JOIN meters m GROUP BY 1, 2, 3),
            actual AS (
                SELECT b.meter_id, b.start, g.values, b.events, b.sum, b.min, b.max, b.last_time, b.last_value
                FROM usage_buckets b JOIN usage_groups g ON g.id = b.group_id AND g.customer_id = b.customer_id AND g.meter_id = b.meter_id
                WHERE b.customer_id = $1)
            SELECT count(*) FROM ((TABLE expected EXCEPT ALL TABLE actual) UNION ALL (TABLE actual EXCEPT ALL TABLE expected)) AS difference
            """;
        Assert.Equal(0, await Scalar<long>(sql, customer.Id));
    }
}
