using System.Net;
using System.Text.Json;

namespace Portal.Api.Tests.Invoicing;

public sealed class ThresholdEndpointTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    [Fact]
    public async Task A_customer_chooses_a_threshold_and_its_usage_is_invoiced_and_charged_inside_the_period()
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        (await client.Put($"/v1/meters/{customer}", $$"""{"name":"Calls","eventType":"{{customer}}","aggregation":"sum","value":"calls"}""")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/rate-cards/{customer}", $$"""{"name":"Calls","currency":"USD","prices":[{"key":"calls","name":"Calls","meter":"{{customer}}","rate":{"model":"per_unit","amount":"1"} }]}""")).Is(HttpStatusCode.Created);
        (await client.Post($"/v1/rate-cards/{customer}/publish")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/customers/{customer}/subscription", $$"""{"rateCard":"{{customer}}"}""")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/customers/{customer}/payment-method", """{"card":"4242424242424242"}""")).Is(HttpStatusCode.OK);
        using var key = api.With(await api.MakeKey(customer, "billing:read", "billing:write"));
        var set = (await key.Put($"/v1/customers/{customer}/threshold", """{"amount":"50"}""")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("50", "50", true), (Text(set, "amount"), Text(set, "holds"), set.GetProperty("billing").GetBoolean()));

        (await client.Post("/v1/events", $$"""{"id":"{{customer}}-1","customer":"{{customer}}","type":"{{customer}}","properties":{"calls":499} }""")).Is(HttpStatusCode.OK);
        (await client.Post("/v1/sandbox/clock", $$"""{"now":"{{api.Clock.GetUtcNow().AddSeconds(2):O}}"}""")).Is(HttpStatusCode.OK);
        var invoice = Assert.Single((await client.Get($"/v1/invoices?customer={customer}&kind=threshold&status=paid")).Json.GetProperty("items").EnumerateArray());
        Assert.Equal(("499.00", "Calls, usage to date"), (Text(invoice, "total"), Text(invoice.GetProperty("lines")[0], "description")));
        var line = (await client.Get($"/v1/customers/{customer}/spend")).Json.GetProperty("lines")[0];
        Assert.Equal(("499.00", "499.00"), (Text(line, "amount"), Text(line, "billed")));
        var events = (await client.Get($"/v1/invoices/{Text(invoice, "number")}/lines/1/events")).Json.GetProperty("items");
        Assert.Equal(1, events.GetArrayLength());

        (await key.Delete($"/v1/customers/{customer}/threshold")).Is(HttpStatusCode.NoContent);
        Assert.Equal(JsonValueKind.Null, (await key.Get($"/v1/customers/{customer}/threshold")).Json.GetProperty("holds").ValueKind);
        Assert.Equal(["amount"], (await key.Put($"/v1/customers/{customer}/threshold", """{"amount":"0.001"}""")).Is(HttpStatusCode.UnprocessableEntity).Paths);
    }

    private static string? Text(JsonElement item, string name) => item.GetProperty(name).GetString();
}
