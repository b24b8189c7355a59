using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Portal.Domain.Accounts;
using static Portal.Api.Tests.Metering.MeteringApi;

namespace Portal.Api.Tests.Metering;

public sealed class EventEndpointTests(MeteringApi metering) : IClassFixture<MeteringApi>
{
    [Fact]
    public async Task Every_form_is_taken_and_answered_with_its_counts()
    {
        var customer = await metering.Api.MakeCustomer();
        Assert.Equal("""{"accepted":1,"duplicates":0,"rejectedCount":0,"rejected":[]}""", (await metering.Post(Event(customer, "a"))).Is(HttpStatusCode.OK).Text);
        Assert.Equal("""{"accepted":1,"duplicates":1,"rejectedCount":0,"rejected":[]}""", (await metering.Post($"[{Event(customer, "a")},{Event(customer, "b")}]")).Is(HttpStatusCode.OK).Text);
        Assert.Equal("""{"accepted":0,"duplicates":0,"rejectedCount":0,"rejected":[]}""", (await metering.Post("[]")).Is(HttpStatusCode.OK).Text);

        string Cloud(string id) => $$$"""{"specversion":"1.0","id":"{{{id}}}","source":"/x","type":"llm","subject":"{{{customer}}}","data":{"tokens":"5","model":"m"}}""";
        Assert.Equal(1, Accepted(await metering.Post(Cloud("c"), "application/cloudevents+json")));
        Assert.Equal(2, Accepted(await metering.Post($"[{Cloud("d")},{Cloud("e")}]", "application/cloudevents-batch+json; charset=UTF-8")));
        Assert.Equal(2, Accepted(await metering.Post($"{Event(customer, "f")}\r\n\n{Event(customer, "g")}", "application/x-ndjson")));
        Assert.Equal(1, Accepted(await metering.Post(Gzip(Encoding.UTF8.GetBytes(Event(customer, "h"))), "application/json", "gzip")));
        Assert.Equal(1, Accepted(await metering.Post(Gzip(Encoding.UTF8.GetBytes(Event(customer, "i") + "\n")), "application/x-ndjson", "gzip")));

        using var client = metering.Api.Operator();
        var usage = (await client.Get($"/v1/customers/{customer}/usage?meter=calls")).Is(HttpStatusCode.OK);
        Assert.Equal(9, usage.Json.GetProperty("items")[0].GetProperty("events").GetInt64());
    }

    [Fact]
    public async Task Some_rejected_is_200_with_each_by_its_place()
    {
        var customer = await metering.Api.MakeCustomer();
        await metering.Post(Event(customer, "a"));
        var answer = (await metering.Post($"[{Event(customer, "b")},{Event("acmee", "x")},{Event(customer, "a", "2")},{Event(customer, "c", "\"1,5\"")},7]")).Is(HttpStatusCode.OK);
        Assert.Equal((1, 0, 4), (Accepted(answer), answer.Json.GetProperty("duplicates").GetInt32(), answer.Json.GetProperty("rejectedCount").GetInt32()));
        Assert.Equal(
            ["1 x unknown_customer", "2 a conflict", "3 c invalid_value", "4  invalid_event"],
            answer.Json.GetProperty("rejected").EnumerateArray().Select(item => $"{item.GetProperty("index")} {item.GetProperty("id")} {item.GetProperty("code")}"));
    }

    [Fact]
    public async Task All_rejected_is_422_and_shows_the_first_thousand()
    {
        var answer = (await metering.Post($"[{string.Join(',', Enumerable.Range(0, 1_500).Select(i => Event("nobody", $"e{i}")))}]")).Is(HttpStatusCode.UnprocessableEntity);
        Assert.Equal(("application/problem+json", "all_rejected"), (answer.Type, answer.Code));
        Assert.Equal((0, 1_500, 1_000), (Accepted(answer), answer.Json.GetProperty("rejectedCount").GetInt32(), answer.Json.GetProperty("rejected").GetArrayLength()));
        Assert.Equal(0, answer.Json.GetProperty("duplicates").GetInt32());
        Assert.NotNull(answer.Json.GetProperty("traceId").GetString());

        var customer = await metering.Api.MakeCustomer();
        await metering.Post(Event(customer, "a"));
        (await metering.Post($"[{Event(customer, "a")},7]")).Is(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("text/plain", null)]
    [InlineData("application/xml", null)]
    [InlineData("application/json; charset=utf-16", null)]
    [InlineData("application/json", "br")]
    public async Task An_unknown_form_is_415(string? type, string? encoding)
    {
        var answer = (await metering.Post("[]"u8.ToArray(), type, encoding)).Is(HttpStatusCode.UnsupportedMediaType);
        Assert.Equal("unsupported_media_type", answer.Code);
    }

    [Fact]
    public async Task NDJSON_has_no_bound_and_a_bad_line_stands_alone()
    {
        var customer = await metering.Api.MakeCustomer();
        var body = new StringBuilder();
        for (var i = 0; i < 30_000; i++)
        {
            body.Append(i switch
            {
                5 => "{broken",
                7 => Event(customer, "long", model: new string('x', 70_000)),
                20_000 => Event(customer, "longest", model: new string('x', 3_000_000)),
                20_001 => Event("nobody", "x"),
                25_000 => Event(customer, "e1"),
                _ => Event(customer, $"e{i}"),
            }).Append('\n');
        }

        var answer = (await metering.Post(body.ToString(), "application/x-ndjson")).Is(HttpStatusCode.OK);
        Assert.Equal((29_995, 1, 4), (Accepted(answer), answer.Json.GetProperty("duplicates").GetInt32(), answer.Json.GetProperty("rejectedCount").GetInt32()));
        Assert.Equal([5, 7, 20_000, 20_001], answer.Json.GetProperty("rejected").EnumerateArray().Select(item => item.GetProperty("index").GetInt32()));
    }

    [Fact]
    public async Task Without_a_key_401_without_the_scope_403_and_for_anothers_customer_a_rejection()
    {
        var (customer, other) = (await metering.Api.MakeCustomer(), await metering.Api.MakeCustomer());
        (await metering.Post(Event(customer, "a"), key: null)).Is(HttpStatusCode.Unauthorized);
        (await metering.Post(Event(customer, "a"), key: "sk_wrong")).Is(HttpStatusCode.Unauthorized);

        var reader = await metering.MakeKey(customer, Scopes.UsageRead);
        (await metering.Post(Event(customer, "a"), key: reader)).Is(HttpStatusCode.Forbidden);
        var sender = await metering.MakeKey(customer, Scopes.EventsWrite);
        (await metering.Post(Event(customer, "a"), key: sender)).Is(HttpStatusCode.OK);
        var foreign = (await metering.Post(Event(other, "a"), key: sender)).Is(HttpStatusCode.UnprocessableEntity);
        Assert.Equal("unknown_customer", foreign.Json.GetProperty("rejected")[0].GetProperty("code").GetString());

        using var client = metering.Api.With(reader);
        (await client.Get($"/v1/customers/{customer}/usage")).Is(HttpStatusCode.OK);
        (await client.Get($"/v1/customers/{other}/usage")).Is(HttpStatusCode.NotFound);
        (await client.Get($"/v1/customers/{other}/events")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_void_takes_an_event_out_of_the_numbers_once()
    {
        using var client = metering.Api.Operator();
        var customer = await metering.Api.MakeCustomer();
        await metering.Post($"[{Event(customer, "a", "5")},{Event(customer, "b", "7.25")}]");
        var body = JsonSerializer.Serialize(new { customer, id = "a", reason = "wrong" });
        var first = (await client.Post("/v1/events/void", body)).Is(HttpStatusCode.OK);
        Assert.Equal("wrong", first.Json.GetProperty("reason").GetString());
        Assert.Equal(first.Text, (await client.Post("/v1/events/void", body)).Is(HttpStatusCode.OK).Text);

        var row = (await client.Get($"/v1/customers/{customer}/usage?meter=tokens&groupBy=model")).Json.GetProperty("items")[0];
        Assert.Equal(("7.25", 1, "m"), (row.GetProperty("quantity").GetString(), row.GetProperty("events").GetInt32(), row.GetProperty("group").GetProperty("model").GetString()));

        Assert.Equal("not_found", (await client.Post("/v1/events/void", JsonSerializer.Serialize(new { customer, id = "none" }))).Is(HttpStatusCode.NotFound).Code);
        (await client.Post("/v1/events/void", JsonSerializer.Serialize(new { customer = "nobody", id = "a" }))).Is(HttpStatusCode.NotFound);
        Assert.Equal(["reason", "customer", "id"], (await client.Post("/v1/events/void", """{"reason":"\u0000"}""")).Is(HttpStatusCode.UnprocessableEntity).Paths);
    }

    [Fact]
    public async Task Usage_is_asked_for_by_meter_time_window_and_group()
    {
        using var client = metering.Api.Operator();
        var customer = await metering.Api.MakeCustomer();
        var day = metering.Api.Clock.GetUtcNow().UtcDateTime.Date.AddDays(-3);
        string At(int hours, int minutes = 0) => day.AddHours(hours).AddMinutes(minutes).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        await metering.Post($"[{Event(customer, "a", "1", At(1), "x")},{Event(customer, "b", "2", At(1, 50), "y")},{Event(customer, "c", "4", At(2), "x")}]");

        async Task<string> Rows(string query) => string.Join("; ", (await client.Get($"/v1/customers/{customer}/usage?meter=tokens&from={At(0)}&{query}")).Is(HttpStatusCode.OK).Json.GetProperty("items")
            .EnumerateArray().Select(row => $"{row.GetProperty("start").GetString()![11..16]} {row.GetProperty("group")} {row.GetProperty("quantity").GetString()}"));

        Assert.Equal("00:00 {} 7", await Rows($"to={At(24)}"));
        Assert.Equal("01:00 {} 3; 02:00 {} 4", await Rows($"to={At(24)}&window=hour"));
        Assert.Equal("""01:00 {"model":"x"} 1; 01:00 {"model":"y"} 2""", await Rows($"to={At(1, 55)}&window=hour&groupBy=model"));
        Assert.Equal("00:00 {} 1", await Rows($"to={day.AddHours(2).AddMinutes(45):yyyy-MM-ddTHH:mm:ss}+01:00"));

        var first = (await client.Get($"/v1/customers/{customer}/usage?meter=tokens&from={At(0)}&to={At(24)}&window=hour&limit=1")).Json;
        var second = (await client.Get($"/v1/customers/{customer}/usage?meter=tokens&from={At(0)}&to={At(24)}&window=hour&limit=1&after={first.GetProperty("next").GetString()}")).Json;
        Assert.Equal("4", second.GetProperty("items")[0].GetProperty("quantity").GetString());
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);

        var events = (await client.Get($"/v1/customers/{customer}/events?meter=tokens&match.model=x&from={At(0)}&to={At(24)}")).Json.GetProperty("items");
        Assert.Equal(["c", "a"], events.EnumerateArray().Select(item => item.GetProperty("id").GetString()));
        Assert.Equal("4", events[0].GetProperty("value").GetString());

        Assert.Equal(["from", "window"], (await client.Get($"/v1/customers/{customer}/usage?from=yesterday&window=week")).Is(HttpStatusCode.UnprocessableEntity).Paths);
        Assert.Equal(["to"], (await client.Get($"/v1/customers/{customer}/usage?from={At(2)}&to={At(1)}")).Is(HttpStatusCode.UnprocessableEntity).Paths);
        Assert.Equal(["groupBy"], (await client.Get($"/v1/customers/{customer}/usage?meter=calls&groupBy=model")).Is(HttpStatusCode.UnprocessableEntity).Paths);
        Assert.Equal(["limit"], (await client.Get($"/v1/customers/{customer}/events?limit=many")).Is(HttpStatusCode.BadRequest).Paths);
        Assert.Equal(["meter"], (await client.Get($"/v1/customers/{customer}/events?match.model=x")).Is(HttpStatusCode.UnprocessableEntity).Paths);
    }

    private static int Accepted(Answer answer) => answer.Json.GetProperty("accepted").GetInt32();
}
