using System.Net;
using System.Text.Json;

namespace Portal.Api.Tests.Invoicing;

public sealed class OutageEndpointTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    [Fact]
    public async Task An_outage_is_previewed_given_once_and_listed()
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        (await client.Put("/v1/meters/calls", """{"name":"Calls","eventType":"call","aggregation":"count"}""")).Is(HttpStatusCode.Created);
        (await client.Put("/v1/rate-cards/calls", """{"name":"Calls","currency":"USD","prices":[{"key":"calls","name":"Calls","meter":"calls","rate":{"model":"per_unit","amount":"1.255"}}]}""")).Is(HttpStatusCode.Created);
        (await client.Post("/v1/rate-cards/calls/publish")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/customers/{customer}/subscription", """{"rateCard":"calls"}""")).Is(HttpStatusCode.Created);
        var from = api.Clock.GetUtcNow();
        await client.Post("/v1/events", $$"""{"id":"e-1","customer":"{{customer}}","type":"call"}""");
        (await client.Post("/v1/sandbox/clock", $$"""{"now":"{{from.AddHours(2):O}}"}""")).Is(HttpStatusCode.OK);
        string Body(string whom) => $$"""{"key":"o-1","name":"Errors","from":"{{from:O}}","to":"{{from.AddHours(1):O}}","percent":"100",{{whom}}}""";

        var preview = (await client.Post("/v1/outages/preview", Body($"\"customers\":[\"{customer}\"]"))).Is(HttpStatusCode.OK).Json;
        var share = preview.GetProperty("customers")[0];
        Assert.Equal((customer, "1.26", "1.26"), (Text(share, "customer"), Text(share, "amount"), Text(preview.GetProperty("totals")[0], "amount")));
        Assert.Empty((await client.Get("/v1/outages")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray());

        var given = (await client.Post("/v1/outages", Body("\"all\":true"), "outage-once")).Is(HttpStatusCode.Created);
        Assert.True((await client.Post("/v1/outages", Body("\"all\":true"), "outage-once")).IsReplayed);
        (await client.Post("/v1/outages", Body("\"all\":true"))).Is(HttpStatusCode.Created);
        Assert.Equal("1.26", Text(given.Json.GetProperty("credits")[0], "amount"));
        Assert.Equal("1.26", Text((await client.Get($"/v1/customers/{customer}/credits")).Json, "promotional"));
        Assert.Equal(given.Text, (await client.Get("/v1/outages")).Json.GetProperty("items")[0].GetRawText());

        Assert.Equal(["customers"], (await client.Post("/v1/outages", Body("\"customers\":[]"))).Is(HttpStatusCode.UnprocessableEntity).Paths);
        using var key = api.With(await api.MakeKey(customer, "billing:read", "billing:write"));
        (await key.Post("/v1/outages", Body("\"all\":true"))).Is(HttpStatusCode.Forbidden);
        (await key.Get("/v1/outages")).Is(HttpStatusCode.Forbidden);
    }

    private static string? Text(JsonElement item, string name) => item.GetProperty(name).GetString();
}
