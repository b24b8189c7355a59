using System.Text;
using System.Text.Json;
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
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("1")]
    [InlineData("\"text\"")]
    [InlineData("[{\"id\":\"a\"}")]
    [InlineData("{\"id\":\"a\"} x")]
    [InlineData("[] []")]
    [InlineData("[{},]")]
    [InlineData("// no\n[]")]
    public void What_is_not_one_document_of_events_is_no_JSON(string body) =>
        Assert.ThrowsAny<JsonException>(() => _intake.Read(body));

    [Theory]
    [InlineData("""{"id":"a","id":"a","customer":"acme","type":"llm","properties":{"tokens":1}}""")]
    [InlineData("""{"id":"a","customer":"acme","type":"llm","properties":{"tokens":1,"tokens":2}}""")]
    [InlineData("""{"id":"a","customer":"acme","type":"llm","properties":{"tokens":1,"token\u0073":2}}""")]
    [InlineData("""{"id":"a","\u0069d":"b","customer":"acme","type":"llm","properties":{"tokens":1}}""")]
    public void A_member_that_occurs_twice_is_refused_with_the_whole_document(string body) =>
        Assert.ThrowsAny<JsonException>(() => _intake.Read(body));

    [Fact]
    public void Nesting_is_an_events_fault_until_it_is_too_deep_to_read()
    {
        Assert.Equal("invalid_event", _intake.Code(Intake.Event(properties: """{"tokens":1,"more":{"deep":[1]}}""")));
        Assert.ThrowsAny<JsonException>(() => _intake.Read(new string('[', 100) + new string(']', 100)));
    }

    [Fact]
    public void Ten_thousand_events_fit_and_one_more_does_not()
    {
        Assert.True(_intake.Fits("[" + string.Join(',', Enumerable.Repeat("1", EventParser.EventsMax)) + "]"));
        Assert.False(_intake.Fits("[" + string.Join(',', Enumerable.Repeat("1", EventParser.EventsMax + 1)) + "]"));
    }

    [Theory]
    [InlineData("null", "invalid_event")]
    [InlineData("\"\"", "invalid_event")]
    [InlineData("17", "invalid_event")]
    [InlineData("\"a\\u0000b\"", "invalid_event")]
    [InlineData("\"a\\nb\"", "invalid_event")]
    [InlineData("\"a\\u007fb\"", "invalid_event")]
    [InlineData("\"a\\u0085b\"", "invalid_event")]
    [InlineData("\"\\ud800\"", "invalid_event")]
    [InlineData("\"\\u202eevil\"", null)]
    [InlineData("\"😀\"", null)]
    [InlineData("\"a b\"", null)]
    public void An_id_is_text_without_control_characters(string id, string? code) => Assert.Equal(code, _intake.Code(Intake.Event(id)));

    [Fact]
    public void An_id_has_at_most_255_bytes_and_characters_of_two_bytes_count_twice()
    {
        Assert.Null(_intake.Code(Intake.Event($"\"{new string('x', 255)}\"")));
        Assert.Equal("invalid_event", _intake.Code(Intake.Event($"\"{new string('x', 256)}\"")));
        Assert.Equal("invalid_event", _intake.Code(Intake.Event($"\"{new string('é', 128)}\"")));
    }

    [Fact]
    public void Ids_are_compared_by_their_bytes()
    {
        var batch = _intake.Read($"[{Intake.Event("\"caf\u00e9\"")},{Intake.Event("\"cafe\u0301\"")},{Intake.Event("\"caf\\u00e9\"")}]");
        Assert.NotEqual(batch.Events[0].IdHash, batch.Events[1].IdHash);
        Assert.Equal(batch.Events[0].IdHash, batch.Events[2].IdHash);
    }

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
    [InlineData("\"2026-02-05T10:00:00Z\"", null)]
    [InlineData("\"2026-02-05T10:05:00Z\"", null)]
    [InlineData("\"2026-02-05T10:05:00.000001Z\"", "in_future")]
    [InlineData("\"2026-02-05T10:06:00Z\"", "in_future")]
    [InlineData("\"2026-02-05T12:04:00+02:00\"", null)]
    [InlineData("\"2026-01-01T10:00:00Z\"", null)]
    [InlineData("\"2026-01-01T09:59:59.999999Z\"", "too_old")]
    [InlineData("\"2025-12-31T10:00:00Z\"", "too_old")]
    [InlineData("\"0001-01-01T00:00:00Z\"", "too_old")]
    [InlineData("\"0001-01-01T00:00:00+14:00\"", "too_old")]
    [InlineData("\"9999-12-31T23:59:59Z\"", "in_future")]
    [InlineData("\"9999-12-31T23:59:59-14:00\"", "in_future")]
    [InlineData("\"2026-02-05T10:00:00\"", "invalid_event")]
    [InlineData("\"2026-02-05\"", "invalid_event")]
    [InlineData("\"\"", "invalid_event")]
    [InlineData("1770285600", "invalid_event")]
    [InlineData("1770285600000", "invalid_event")]
    [InlineData("\"1770285600\"", "invalid_event")]
    public void A_time_has_an_offset_and_lies_in_the_window(string time, string? code) => Assert.Equal(code, _intake.Code(Intake.Event(time: time)));

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

    [Fact]
    public void Single_and_batch_CloudEvents_are_different_documents()
    {
        Assert.ThrowsAny<JsonException>(() => _intake.Read("[]", EventFormat.CloudEvent));
        Assert.ThrowsAny<JsonException>(() => _intake.Read("{}", EventFormat.CloudEventBatch));
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
