using System.Globalization;
using System.Net;
using static Portal.Api.Tests.Metering.MeteringApi;

namespace Portal.Api.Tests.Metering;

/// <summary>What becomes of an event whose id was sent before (docs/api.md, "Events").</summary>
public sealed class SameIdTests(MeteringApi metering) : IClassFixture<MeteringApi>
{
    private const string Accepted = "accepted";
    private const string Duplicate = "duplicate";

    // $C is the customer, $O another, $T an hour ago, $L the same instant with another offset, $M a month before.
    private const string First = """{"id":"a","customer":"$C","type":"llm","time":"$TZ","properties":{"model":"café","tokens":5,"cached":true,"tag":"1.0"}}""";
    private const string Bare = """{"id":"a","customer":"$C","type":"llm"}""";

    private readonly DateTimeOffset _time = metering.Api.Clock.GetUtcNow().AddHours(-1);

    public static TheoryData<string, string, string, string> Cases => new()
    {
        { "the same once more", First, First, Duplicate },
        { "members in another order", First, """{"properties":{"model":"café","tokens":5,"cached":true,"tag":"1.0"},"time":"$TZ","type":"llm","customer":"$C","id":"a"}""", Duplicate },
        { "more white space", First, First.Replace(",", " ,\n ", StringComparison.Ordinal), Duplicate },
        { "properties in another order", First, With("\"model\":\"café\",\"tokens\":5,\"cached\":true,\"tag\":\"1.0\"", "\"tag\":\"1.0\",\"tokens\":5,\"model\":\"café\",\"cached\":true"), Duplicate },
        { "a number with a zero after the point", First, With("5,", "5.0,"), Duplicate },
        { "a number with twelve zeros after the point", First, With("5,", "5.000000000000,"), Duplicate },
        { "a number as text", First, With("5,", "\"5\","), "conflict" },
        { "another number", First, With("5,", "6,"), "conflict" },
        { "the number below zero", First, With("5,", "-5,"), "conflict" },
        { "the least that a number can differ by", First, With("5,", "5.000000000001,"), "conflict" },
        { "zero below zero", First.Replace("5,", "0,", StringComparison.Ordinal), With("5,", "-0,"), Duplicate },
        { "the largest number, written longer", First.Replace("5,", "999999999999999,", StringComparison.Ordinal), With("5,", "999999999999999.000,"), Duplicate },
        { "text that is another number's writing", First, With("\"1.0\"", "\"1\""), "conflict" },
        { "text that became a number", First, With("\"1.0\"", "1.0"), "conflict" },
        { "a boolean that became text", First, With("true", "\"true\""), "conflict" },
        { "a boolean that became a number", First, With("true", "1"), "conflict" },
        { "another boolean", First, With("true", "false"), "conflict" },
        { "text in capitals", First, With("café", "Café"), "conflict" },
        { "text in another normal form", First, With("café", "cafe\u0301"), "conflict" },
        { "text with an escape", First, With("café", "caf\\u00e9"), Duplicate },
        { "a property more", First, With("\"tokens\"", "\"more\":1,\"tokens\""), "conflict" },
        { "a property less", First, With(",\"tag\":\"1.0\"", ""), "conflict" },
        { "a property's name in capitals", First, With("\"tag\"", "\"Tag\""), "conflict" },
        { "values that changed places", First, With("\"model\":\"café\",\"tokens\":5,\"cached\":true,\"tag\":\"1.0\"", "\"model\":\"1.0\",\"tokens\":5,\"cached\":true,\"tag\":\"café\""), "conflict" },
        { "no properties, written out", Bare, Bare.Replace("\"llm\"", "\"llm\",\"properties\":{}", StringComparison.Ordinal), Duplicate },
        { "the instant in another zone", First, With("$TZ", "$L"), Duplicate },
        { "the instant with a fraction of zero", First, With("$TZ", "$T.000Z"), Duplicate },
        { "less than a microsecond later", First, With("$TZ", "$T.0000001Z"), Duplicate },
        { "a microsecond later", First, With("$TZ", "$T.000001Z"), "conflict" },
        { "in another month", First, With("$TZ", "$M"), "conflict" },
        { "without its time", First, With("\"time\":\"$TZ\",", ""), "conflict" },
        { "with a time that it had not", Bare, Bare.Replace("\"llm\"", "\"llm\",\"time\":\"$TZ\"", StringComparison.Ordinal), "conflict" },
        { "without a time both times", Bare, Bare, Duplicate },
        { "a time of null", Bare, Bare.Replace("\"llm\"", "\"llm\",\"time\":null", StringComparison.Ordinal), Duplicate },
        { "an id in capitals", First, With("\"id\":\"a\"", "\"id\":\"A\""), Accepted },
        { "an id with a blank behind it", First, With("\"id\":\"a\"", "\"id\":\"a \""), Accepted },
        { "an id with an escape", First, With("\"id\":\"a\"", "\"id\":\"\\u0061\""), Duplicate },
        { "an id in another normal form", First.Replace("\"id\":\"a\"", "\"id\":\"é\"", StringComparison.Ordinal), With("\"id\":\"a\"", "\"id\":\"e\u0301\""), Accepted },
        { "of another customer", First, With("$C", "$O"), Accepted },
        { "of a type that no meter reads", First, With("\"llm\"", "\"other\""), "unknown_type" },
        { "with a value that is none", First, With("5,", "\"1,5\","), "invalid_value" },
        { "too old to tell", First, With("$TZ", "2001-01-01T00:00:00Z"), "too_old" },
        { "after one that was rejected", First.Replace("5,", "\"1,5\",", StringComparison.Ordinal), First, Accepted },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task T39_the_same_content_is_a_duplicate_and_other_content_a_conflict(string what, string first, string second, string expected)
    {
        var (customer, other) = (await metering.Api.MakeCustomer(), await metering.Api.MakeCustomer());
        await metering.Post(Filled(first, customer, other));
        Assert.Equal((what, expected), (what, Outcome(await metering.Post(Filled(second, customer, other)))));

        // In one request as in two.
        var (together, elsewhere) = (await metering.Api.MakeCustomer(), await metering.Api.MakeCustomer());
        var answer = await metering.Post($"[{Filled(first, together, elsewhere)},{Filled(second, together, elsewhere)}]");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal((what, expected), (what, answer.Json.GetProperty("rejected").EnumerateArray().FirstOrDefault(item => item.GetProperty("index").GetInt32() == 1) is { ValueKind: not System.Text.Json.JsonValueKind.Undefined } rejected
            ? rejected.GetProperty("code").GetString()
            : answer.Json.GetProperty("duplicates").GetInt32() == 1 ? Duplicate : Accepted));

        var stored = expected == Accepted && what != "after one that was rejected" ? 2 : 1;
        Assert.Equal((what, stored), (what, await Stored(customer) + await Stored(other)));
        Assert.Equal((what, stored), (what, await Stored(together) + await Stored(elsewhere)));
    }

    [Fact]
    public async Task T39_in_whatever_form_it_comes()
    {
        var customer = await metering.Api.MakeCustomer();
        string Cloud(string source, int tokens) =>
            $$$"""{"specversion":"1.0","id":"a","source":"{{{source}}}","type":"llm","subject":"{{{customer}}}","data":{"tokens":{{{tokens}}},"model":"m"}}""";
        Assert.Equal(Accepted, Outcome(await metering.Post(Event(customer, "a"))));
        Assert.Equal(Duplicate, Outcome(await metering.Post(Event(customer, "a"), "application/x-ndjson")));
        Assert.Equal(Duplicate, Outcome(await metering.Post(Cloud("/one", 1), "application/cloudevents+json")));
        Assert.Equal(Duplicate, Outcome(await metering.Post($"[{Cloud("/other", 1)}]", "application/cloudevents-batch+json")));
        Assert.Equal("conflict", Outcome(await metering.Post(Cloud("/one", 6), "application/cloudevents+json")));
        Assert.Equal(1, await Stored(customer));
    }

    private static string With(string part, string replacement) => First.Replace(part, replacement, StringComparison.Ordinal);

    private static string Outcome(Answer answer) =>
        answer.Json.GetProperty("accepted").GetInt32() == 1 ? Accepted
        : answer.Json.GetProperty("duplicates").GetInt32() == 1 ? Duplicate
        : answer.Json.GetProperty("rejected")[0].GetProperty("code").GetString()!;

    private string Filled(string json, string customer, string other) =>
        json.Replace("$C", customer, StringComparison.Ordinal).Replace("$O", other, StringComparison.Ordinal)
            .Replace("$T", Second(_time), StringComparison.Ordinal)
            .Replace("$L", $"{Second(_time.AddHours(5).AddMinutes(45))}+05:45", StringComparison.Ordinal)
            .Replace("$M", $"{Second(_time.AddDays(-31))}Z", StringComparison.Ordinal);

    private static string Second(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);

    private async Task<int> Stored(string customer)
    {
        using var client = metering.Api.Operator();
        return (await client.Get($"/v1/customers/{customer}/events")).Is(HttpStatusCode.OK).Json.GetProperty("items").GetArrayLength();
    }
}
