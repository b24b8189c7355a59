using System.Text;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Limits;
using Portal.Domain.Metering;

namespace Portal.Domain.Tests.Metering;

public sealed class EventParserTests
{
    private readonly Intake _intake = new();

    [Fact]
    public void Takes_one_event_or_an_array_and_keeps_what_was_sent()
    {
        var one = _intake.Read("""{"id":"req-1","customer":"acme","type":"llm","time":"2026-02-05T09:00:00+01:00","properties":{"model":"gpt-4o","tokens":812}}""");
        var taken = Assert.Single(one.Events);
        Assert.Equal("req-1", Encoding.UTF8.GetString(taken.Id.Span));
        Assert.Equal(new DateTime(2026, 2, 5, 8, 0, 0, DateTimeKind.Utc), taken.Time);
        Assert.Equal("""{"model":"gpt-4o","tokens":812}""", Encoding.UTF8.GetString(taken.Properties.Span));
        Assert.Equal(17, taken.CustomerId);
        Assert.Equal(["gpt-4o"], one.Readings[0].Group.Values);
        Assert.Equal(812, one.Readings[0].Value);

        var many = _intake.Read($"[{Intake.Event("\"a\"")}, {Intake.Event("\"b\"")}]");
        Assert.Equal([0, 1], many.Events.Select(item => item.Index));
        Assert.Equal(0, _intake.Read("[]").Checked);
    }

    [Fact]
    public void Without_a_time_an_event_happened_when_it_was_received() =>
        Assert.Equal(Intake.Now.UtcDateTime, Assert.Single(_intake.Read(Intake.Event(time: "null")).Events).Time);

    [Theory]
    [InlineData("null")]
    [InlineData("\"\"")]
    [InlineData("17")]
    public void An_id_is_required_and_text(string id) => Assert.Equal("invalid_event", _intake.Code(Intake.Event(id)));

    [Theory]
    [InlineData(null, "\"llm\"", "invalid_event")]
    [InlineData("\"acmee\"", "\"llm\"", "unknown_customer")]
    [InlineData("\"ACME\"", "\"llm\"", "unknown_customer")]
    [InlineData("5", "\"llm\"", "invalid_event")]
    [InlineData("\"acme\"", null, "invalid_event")]
    [InlineData("\"acme\"", "\"\"", "invalid_event")]
    [InlineData("\"acme\"", "\"other\"", "unknown_type")]
    public void Customer_and_type_are_required_and_known(string? customer, string? type, string code) =>
        Assert.Equal(code, _intake.Code(Intake.Event(customer: customer, type: type)));

    [Fact]
    public void A_rejection_names_the_event_and_the_remedy()
    {
        var rejected = Assert.Single(_intake.Read($"[{Intake.Event()},{Intake.Event("\"x\"", "\"acmee\"")}]").Rejected);
        Assert.Equal((1, "x"), (rejected.Index, rejected.Id));
        Assert.StartsWith("No customer 'acmee'.", rejected.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_customers_key_sends_for_that_customer_alone()
    {
        var intake = new Intake(new Actor("key", 17, Scopes.EventsWrite, null, null));
        Assert.Null(intake.Code(Intake.Event(customer: "\"acme\"")));
        Assert.Equal("unknown_customer", intake.Code(Intake.Event(customer: "\"globex\"")));
    }

    [Fact]
    public void An_unknown_type_is_kept_for_the_operator()
    {
        var kept = Assert.Single(_intake.Read(Intake.Event(type: "\"other\"", properties: """{"a":"b"}""")).Inbox);
        Assert.Equal((17, "e1", "other"), (kept.CustomerId, kept.Id, kept.Type));
        Assert.Equal("""{"a":"b"}""", Encoding.UTF8.GetString(kept.Properties));
    }

    [Fact]
    public void A_member_that_is_not_known_is_refused_before_it_is_lost()
    {
        var rejected = Assert.Single(_intake.Read("""{"id":"a","customer":"acme","type":"llm","timestamp":"2026-01-01T00:00:00Z","properties":{"tokens":1}}""").Rejected);
        Assert.Equal("invalid_event", rejected.Code);
        Assert.Contains("'timestamp'", rejected.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"2026-02-05T10:05:00Z\"", null)]
    [InlineData("\"2026-02-05T10:05:00.000001Z\"", "in_future")]
    [InlineData("\"2026-02-05T12:04:00+02:00\"", null)]
    [InlineData("\"2026-01-01T10:00:00Z\"", null)]
    [InlineData("\"2026-01-01T09:59:59.999999Z\"", "too_old")]
    public void The_window_is_kept_to_the_microsecond(string time, string? code) => Assert.Equal(code, _intake.Code(Intake.Event(time: time)));

    [Fact]
    public void Text_that_is_not_UTF8_is_one_events_fault()
    {
        var json = Encoding.UTF8.GetBytes($"[{Intake.Event("\"?\"")},{Intake.Event("\"b\"")},{Intake.Event("\"c\"", properties: "{\"tokens\":1,\"m\":\"?\"}")}]");
        for (var i = 0; i < json.Length; i++)
        {
            json[i] = json[i] == '?' ? (byte)0xC3 : json[i];
        }

        var batch = _intake.Read(json);
        Assert.Equal(1, batch.Events.Single().Index);
        Assert.Equal([(0, "invalid_event"), (2, "invalid_event")], batch.Rejected.Select(rejected => (rejected.Index, rejected.Code)));
    }

    [Fact]
    public void In_NDJSON_a_broken_line_is_rejected_alone()
    {
        var batch = new EventBatch(Intake.Now);
        Assert.True(_intake.Line(Intake.Event("\"a\""), batch, 0));
        Assert.False(_intake.Line("{\"id\":", batch, 1));
        Assert.False(_intake.Line(Intake.Event("\"b\"") + Intake.Event("\"c\""), batch, 2));
        Assert.True(_intake.Line("[]", batch, 3));
        Assert.Equal(1, batch.Checked);
        Assert.Equal([1, 2, 3], batch.Rejected.Select(rejected => rejected.Index));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData(""","traceparent":"00-x","dataschema":"s","datacontenttype":"application/json; charset=utf-8" """, null)]
    [InlineData(""","datacontenttype":"text/xml" """, "invalid_event")]
    [InlineData(""","data_base64":"AA==" """, "invalid_event")]
    public void A_CloudEvent_may_carry_more_than_is_read(string more, string? code)
    {
        var json = $$$"""{"specversion":"1.0","id":"a","source":"/gateway","type":"llm","subject":"acme","time":"2026-02-05T10:00:00Z","data":{"tokens":5}{{{more}}}}""";
        Assert.Equal(code, _intake.Code(json, EventFormat.CloudEvent));
        Assert.Equal(code, _intake.Code($"[{json}]", EventFormat.CloudEventBatch));
    }

    [Theory]
    [InlineData("\"specversion\":\"1.0\",", "")]
    [InlineData("\"specversion\":\"1.0\"", "\"specversion\":\"0.3\"")]
    [InlineData("\"source\":\"/gateway\",", "")]
    [InlineData("\"source\":\"/gateway\"", "\"source\":\"\"")]
    [InlineData("\"id\":\"a\",", "")]
    [InlineData("\"type\":\"llm\",", "")]
    [InlineData("\"subject\":\"acme\",", "")]
    [InlineData("{\"tokens\":5}", "5")]
    public void A_CloudEvent_that_breaks_the_standard_is_invalid(string part, string replacement)
    {
        const string good = """{"specversion":"1.0","id":"a","source":"/gateway","type":"llm","subject":"acme","data":{"tokens":5}}""";
        Assert.Equal("invalid_event", _intake.Code(good.Replace(part, replacement, StringComparison.Ordinal), EventFormat.CloudEvent));
    }

    [Theory]
    [InlineData(60_000_000, true)]
    [InlineData(60_000_001, false)]
    public void Work_under_way_when_a_pause_begins_is_billed_for_a_minute(long microsecondsAfter, bool isBillable)
    {
        var pausedAt = Intake.Now - TimeSpan.FromMicroseconds(microsecondsAfter);
        var intake = new Intake(pause: new Pause { CustomerId = 17, Cause = PauseCause.Operator, PausedAt = pausedAt, Actor = "test" });
        Assert.Equal(isBillable, Assert.Single(intake.Read(Intake.Event()).Events).Billable);
        Assert.True(Assert.Single(intake.Read(Intake.Event(customer: "\"globex\"")).Events).Billable);
    }

    [Fact]
    public void Every_meter_of_the_type_reads_the_event()
    {
        var intake = new Intake(null, null, Intake.Tokens("in", "in"), Intake.Tokens("calls", aggregation: Aggregation.Count, groupBy: []));
        var batch = intake.Read(Intake.Event(properties: """{"in":2.50,"model":"a"}"""));
        Assert.Equal([("in", 2.5m), ("calls", 1m)], batch.Readings.Select(reading => (reading.Group.Meter.Meter.Key, reading.Value)));
    }
}
