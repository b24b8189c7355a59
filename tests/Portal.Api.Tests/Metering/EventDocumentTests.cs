using System.Net;
using System.Text;
using static Portal.Api.Tests.Metering.MeteringApi;

namespace Portal.Api.Tests.Metering;

/// <summary>T-44: bodies that are no document of events, or too much of one. Nothing of them is kept, and they cost little memory.</summary>
public sealed class EventDocumentTests(MeteringApi metering) : IClassFixture<MeteringApi>
{
    private const string Plain = "application/json";
    private const string Lines = "application/x-ndjson";
    private const string Cloud = "application/cloudevents+json";
    private const string Clouds = "application/cloudevents-batch+json";

    private const int MiB = 1024 * 1024;

    /// <summary>What a body is, its type and the code of the answer: 400 unless it says "too". $E is a good event; ×N× repeats what stands behind it up to the next ×.</summary>
    public static TheoryData<string, string, string, string> Bodies => new()
    {
        { "empty", Plain, "", "invalid_json" },
        { "a blank", Plain, " ", "invalid_json" },
        { "a word", Plain, "hello", "invalid_json" },
        { "a number", Plain, "1", "invalid_json" },
        { "a text", Plain, "\"text\"", "invalid_json" },
        { "null", Plain, "null", "invalid_json" },
        { "cut off", Plain, "[$E", "invalid_json" },
        { "cut off within an event", Plain, "[$E,{\"id\":", "invalid_json" },
        { "two documents", Plain, "$E $E", "invalid_json" },
        { "two arrays", Plain, "[$E] []", "invalid_json" },
        { "trailing garbage", Plain, "[$E]x", "invalid_json" },
        { "a trailing NUL", Plain, "[$E]\0", "invalid_json" },
        { "a comma at the end", Plain, "[$E,]", "invalid_json" },
        { "a comment", Plain, "// no\n[$E]", "invalid_json" },
        { "lines in place of a document", Plain, "$E\n$E", "invalid_json" },
        { "words in place of lines", Lines, "hello\nworld\n", "invalid_json" },
        { "an array in place of a CloudEvent", Cloud, "[]", "invalid_json" },
        { "a CloudEvent in place of an array", Clouds, "{}", "invalid_json" },
        { "depth 100", Plain, "×100×[××100×]×", "invalid_json" },
        { "depth 100 of objects", Plain, "×100×{\"a\":×1×100×}×", "invalid_json" },
        { "depth 100,000", Plain, "×100000×[×", "invalid_json" },
        { "depth 100 within an event", Plain, "[$E,{\"id\":\"b\",\"properties\":×100×[××100×]×}]", "invalid_json" },
        { "an id twice", Plain, "{\"id\":\"a\",\"id\":\"a\",\"customer\":\"$C\",\"type\":\"llm\"}", "invalid_json" },
        { "an id twice, once with an escape", Plain, "{\"id\":\"a\",\"\\u0069d\":\"a\",\"customer\":\"$C\",\"type\":\"llm\"}", "invalid_json" },
        { "a property twice", Plain, "[$E,{\"id\":\"b\",\"customer\":\"$C\",\"type\":\"llm\",\"properties\":{\"tokens\":1,\"tokens\":2}}]", "invalid_json" },
        { "a property twice, once with an escape", Plain, "{\"id\":\"b\",\"customer\":\"$C\",\"type\":\"llm\",\"properties\":{\"tokens\":1,\"token\\u0073\":2}}", "invalid_json" },
        { "a property twice in a CloudEvent", Cloud, "{\"specversion\":\"1.0\",\"id\":\"b\",\"source\":\"s\",\"subject\":\"$C\",\"type\":\"llm\",\"data\":{\"tokens\":1,\"tokens\":2}}", "invalid_json" },
        { "10,001 events", Plain, "[×10000×$E,×$E]", "too_many_events" },
        { "10,001 CloudEvents", Clouds, "[×10000×{},×{}]", "too_many_events" },
        { "20 MB of blanks", Plain, "[$E×20000000× ×]", "too_large" },
        { "20 MB of text", Plain, "[$E,\"×20000000×x×\"]", "too_large" },
        { "20 MB of members", Plain, "{×2500000×\"a\":1,×\"b\":1}", "too_large" },
        { "a line of 70 KB", Lines, "{\"id\":\"×70000×x×\"}", "too_large" },
        { "a line of 20 MB", Lines, "{\"id\":\"×20000000×x×\"}", "too_large" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task T44_what_is_no_document_or_too_much_is_refused_whole(string what, string type, string body, string code)
    {
        var customer = await metering.Api.MakeCustomer();
        var bytes = Encoding.UTF8.GetBytes(Written(body, customer));
        var status = code == "invalid_json" ? HttpStatusCode.BadRequest : HttpStatusCode.RequestEntityTooLarge;

        foreach (var answer in new[] { await metering.Post(bytes, type), await metering.Post(Gzip(bytes), type, "gzip") })
        {
            Assert.Equal((what, status, code, "application/problem+json"), (what, answer.Status, answer.Code, answer.Type));
        }

        using var client = metering.Api.Operator();
        Assert.Equal(0, (await client.Get($"/v1/customers/{customer}/events")).Json.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task T44_what_fits_just_so_is_taken()
    {
        var customer = await metering.Api.MakeCustomer();
        var most = Written("[×9999×{\"id\":\"a\"},×$E]", customer);
        var answer = (await metering.Post(most)).Is(HttpStatusCode.OK);
        Assert.Equal((1, 9_999), (answer.Json.GetProperty("accepted").GetInt32(), answer.Json.GetProperty("rejectedCount").GetInt32()));

        var large = Written("[$E]", customer);
        Assert.Equal(1, (await metering.Post(large + new string(' ', (10 * MiB) - large.Length))).Is(HttpStatusCode.OK).Json.GetProperty("duplicates").GetInt32());
        Assert.Equal("too_large", (await metering.Post(large + new string(' ', (10 * MiB) + 1 - large.Length))).Code);

        // Nested deep, but no deeper than can be read: one event's fault, and the others stand.
        var nested = (await metering.Post(Written("[$E,{\"id\":\"b\",\"customer\":\"$C\",\"type\":\"llm\",\"properties\":{\"tokens\":1,\"more\":×50×[××50×]×}}]", customer))).Is(HttpStatusCode.OK);
        Assert.Equal("invalid_event", nested.Json.GetProperty("rejected")[0].GetProperty("code").GetString());
    }

    [Fact]
    public async Task T44_what_only_claims_to_be_gzip_or_ends_early_is_400()
    {
        var customer = await metering.Api.MakeCustomer();
        var packed = Gzip(Encoding.UTF8.GetBytes(Written("[$E]", customer)));
        var flipped = packed.ToArray();
        flipped[^6] ^= 1;
        foreach (var body in new[] { "{}"u8.ToArray(), packed[..^9], flipped })
        {
            var answer = (await metering.Post(body, Plain, "gzip")).Is(HttpStatusCode.BadRequest);
            Assert.Contains(answer.Code, new[] { "invalid_gzip", "invalid_json" });
        }

        using var client = metering.Api.Operator();
        Assert.Equal(0, (await client.Get($"/v1/customers/{customer}/events")).Json.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task T44_a_stream_of_nothing_but_faults_is_counted_and_its_first_thousand_shown()
    {
        var answer = (await metering.Post(Written("×20000×{}\n×", ""), Lines)).Is(HttpStatusCode.UnprocessableEntity);
        Assert.Equal((0, 20_000, 1_000), (answer.Json.GetProperty("accepted").GetInt32(), answer.Json.GetProperty("rejectedCount").GetInt32(), answer.Json.GetProperty("rejected").GetArrayLength()));
        Assert.Equal(999, answer.Json.GetProperty("rejected")[999].GetProperty("index").GetInt32());
    }

    /// <summary>Writes out what a case repeats, and puts a good event and its customer in.</summary>
    private static string Written(string body, string customer)
    {
        var parts = body.Replace("$E", Event(customer, "a"), StringComparison.Ordinal).Replace("$C", customer, StringComparison.Ordinal).Split('×');
        var written = new StringBuilder(parts[0]);
        for (var i = 1; i + 1 < parts.Length; i += 3)
        {
            written.Insert(written.Length, parts[i + 1], int.Parse(parts[i], System.Globalization.CultureInfo.InvariantCulture)).Append(parts[i + 2]);
        }

        return written.ToString();
    }
}
