using System.Net;
using System.Text.Json;

namespace Portal.Api.Tests.Credits;

public sealed class TopupEndpointTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    [Fact]
    public async Task A_prepaid_customer_stops_without_credits_and_goes_on_within_a_second_of_buying_some()
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        (await client.Put($"/v1/meters/{customer}", $$"""{"name":"Calls","eventType":"{{customer}}","aggregation":"sum","value":"calls"}""")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/rate-cards/{customer}", $$"""
            {"name":"Ahead","currency":"USD","billing":{"prepaidOnly":true},"prices":[{"key":"calls","name":"Calls","meter":"{{customer}}","rate":{"model":"per_unit","amount":"1"} }]}
            """)).Is(HttpStatusCode.Created);
        (await client.Post($"/v1/rate-cards/{customer}/publish")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/customers/{customer}/subscription", $$"""{"rateCard":"{{customer}}"}""")).Is(HttpStatusCode.Created);
        await Access("credits_exhausted");

        using var key = api.With(await api.MakeKey(customer, "billing:read", "billing:write"));
        var refused = (await key.Post($"/v1/customers/{customer}/credits/topups", """{"amount":"25"}""")).Is(HttpStatusCode.Conflict);
        Assert.Equal("no_payment_method", Text(refused.Json, "code"));
        (await key.Put($"/v1/customers/{customer}/payment-method", """{"card":"4000000000000002"}""")).Is(HttpStatusCode.OK);
        Assert.Equal("payment_failed", Text((await key.Post($"/v1/customers/{customer}/credits/topups", """{"amount":"25"}""")).Is(HttpStatusCode.Conflict).Json, "code"));
        await Access("credits_exhausted");

        (await key.Put($"/v1/customers/{customer}/payment-method", """{"card":"4242424242424242"}""")).Is(HttpStatusCode.OK);
        var invoice = (await key.Post($"/v1/customers/{customer}/credits/topups", """{"amount":"25"}""", "once")).Is(HttpStatusCode.Created).Json;
        Assert.True((await key.Post($"/v1/customers/{customer}/credits/topups", """{"amount":"25"}""", "once")).IsReplayed);
        Assert.Equal(("credit_topup", "paid", "25.00", "0.00"), (Text(invoice, "kind"), Text(invoice, "status"), Text(invoice, "total"), Text(invoice, "due")));
        await Access(null);

        (await client.Post("/v1/events", $$"""{"id":"{{customer}}-1","customer":"{{customer}}","type":"{{customer}}","properties":{"calls":10} }""")).Is(HttpStatusCode.OK);
        var credits = (await key.Get($"/v1/customers/{customer}/credits")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("25.00", "15.00", "10.00"), (Text(credits, "balance"), Text(credits, "live"), Text(credits, "claimed")));
        (await client.Post("/v1/events", $$"""{"id":"{{customer}}-2","customer":"{{customer}}","type":"{{customer}}","properties":{"calls":20} }""")).Is(HttpStatusCode.OK);
        await Access("credits_exhausted");

        async Task Access(string? reason)
        {
            for (var left = 200; ; left--)
            {
                var access = (await client.Get($"/v1/customers/{customer}/access")).Is(HttpStatusCode.OK).Json;
                if (Text(access, "reason") == reason || left == 0)
                {
                    Assert.Equal(reason, Text(access, "reason"));
                    return;
                }

                await Task.Delay(20);
            }
        }
    }

    [Fact]
    public async Task A_rule_is_set_read_and_removed_and_refused_by_field()
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        var path = $"/v1/customers/{customer}/auto-topup";
        (await client.Get(path)).Is(HttpStatusCode.NotFound);
        var rule = (await client.Put(path, """{"below":"20","amount":"100","monthlyMax":"300"}""")).Is(HttpStatusCode.OK);
        Assert.Equal(("20.00", "100.00", "300.00"), (Text(rule.Json, "below"), Text(rule.Json, "amount"), Text(rule.Json, "monthlyMax")));
        (await client.Put(path, rule.Text)).Is(HttpStatusCode.OK);
        Assert.Equal(["below", "monthlyMax"], (await client.Put(path, """{"below":"0","amount":"100","monthlyMax":"99"}""")).Is(HttpStatusCode.UnprocessableEntity).Paths);
        (await client.Delete(path)).Is(HttpStatusCode.NoContent);
        (await client.Get(path)).Is(HttpStatusCode.NotFound);
    }

    private static string? Text(JsonElement item, string name) => item.GetProperty(name).GetString();
}
