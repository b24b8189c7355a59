using System.Collections.Immutable;
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

/// <summary>Checks events without a database: the customers "acme" and "globex", and the meters that a test names.</summary>
internal sealed class Intake
{
    public static readonly DateTimeOffset Now = new(2026, 2, 5, 10, 0, 0, TimeSpan.Zero);

    private readonly RegisterState _register;
    private readonly EventCheck _check;

    public Intake(Actor? actor = null, Pause? pause = null, params Meter[] meters)
    {
        meters = meters.Length > 0 ? meters : [Tokens()];
        for (var i = 0; i < meters.Length; i++)
        {
            SetId(meters[i], i + 1);
        }

        var entries = new[] { Entry(17, "acme", pause), Entry(18, "globex", null) };
        _register = RegisterState.Empty with
        {
            ByKey = entries.ToImmutableDictionary(entry => entry.Customer.Key),
            Meters = [.. meters],
        };
        var groups = new UsageGroups(NpgsqlDataSource.Create("Host=nowhere"), new AlarmWriter(new TestDatabase(), new BusinessClock(TimeProvider.System), NullLogger<AlarmWriter>.Instance));
        _check = new EventCheck(_register, new MeterMatch(_register.Meters), groups, actor ?? Actor.System, TimeSpan.FromDays(35));
    }

    /// <summary>The sum of "tokens" of events of type "llm", by model.</summary>
    public static Meter Tokens(string key = "tokens", string value = "tokens", Aggregation aggregation = Aggregation.Sum, string[]? groupBy = null, Dictionary<string, string[]>? filter = null) => new()
    {
        Key = key,
        Name = key,
        EventType = "llm",
        Aggregation = aggregation,
        ValueProperty = aggregation == Aggregation.Count ? null : value,
        GroupBy = groupBy ?? ["model"],
        Filter = filter ?? [],
        Unit = "token",
        CreatedAt = Now,
    };

    public EventBatch Read(string json, EventFormat format = EventFormat.Plain) => Read(Encoding.UTF8.GetBytes(json), format);

    public EventBatch Read(byte[] json, EventFormat format = EventFormat.Plain)
    {
        var batch = new EventBatch(Now);
        Assert.True(new EventParser(_check).Read(format, json, batch));
        return batch;
    }

    public bool Line(string json, EventBatch batch, int index = 0) => new EventParser(_check).ReadLine(Encoding.UTF8.GetBytes(json), index, batch);

    /// <summary>An event that is fine, with one member replaced or removed (null), as JSON.</summary>
    public static string Event(string? id = "\"e1\"", string? customer = "\"acme\"", string? type = "\"llm\"", string? time = null, string? properties = "{\"tokens\":1}")
    {
        var members = new (string Name, string? Value)[] { ("id", id), ("customer", customer), ("type", type), ("time", time), ("properties", properties) };
        return "{" + string.Join(",", members.Where(member => member.Value is not null).Select(member => $"\"{member.Name}\":{member.Value}")) + "}";
    }

    /// <summary>The code with which the one event is rejected; null where it is taken.</summary>
    public string? Code(string json, EventFormat format = EventFormat.Plain)
    {
        var batch = Read(json, format);
        Assert.Equal(1, batch.Checked + batch.Rejected.Count);
        return batch.Rejected.Count == 0 ? null : batch.Rejected[0].Code;
    }

    private static CustomerEntry Entry(int id, string key, Pause? pause)
    {
        var customer = new Customer { Key = key, Name = key, Email = $"{key}@example.com", Currency = "USD", CreatedAt = Now };
        SetId(customer, id);
        return new CustomerEntry(customer, null, null, pause is null ? [] : [pause]);
    }

    private static void SetId(object entity, int id) => entity.GetType().GetProperty("Id")!.SetValue(entity, id);
}
