using System.Net;
using System.Text.Json;

namespace Portal.Api.Tests.Invoicing;

public sealed class OneOffEndpointTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    [Fact]
    public async Task The_operator_bills_by_hand_and_a_customer_only_sees_it()
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        var lines = $"/v1/customers/{customer}/one-off-lines";
        Assert.Equal("no_subscription", Text((await client.Post(lines, """{"description":"Onboarding","amount":"250"}""")).Is(HttpStatusCode.Conflict).Json, "code"));
        (await client.Put($"/v1/rate-cards/{customer}", """{"name":"Fee","currency":"USD","prices":[{"key":"fee","name":"Fee","recurring":"arrears","rate":{"model":"flat","amount":"100"} }]}""")).Is(HttpStatusCode.Created);
        (await client.Post($"/v1/rate-cards/{customer}/publish")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/customers/{customer}/subscription", $$"""{"rateCard":"{{customer}}"}""")).Is(HttpStatusCode.Created);

        var added = (await client.Post(lines, """{"description":"Onboarding","amount":"250"}""", "once")).Is(HttpStatusCode.Created).Json;
        Assert.Equal(("Onboarding", "250.00"), (Text(added, "description"), Text(added, "amount")));
        var preview = (await client.Post($"/v1/customers/{customer}/invoices/preview")).Is(HttpStatusCode.OK).Json;
        Assert.Equal("350.00", Text(preview, "subtotal"));
        var invoice = (await client.Post($"/v1/customers/{customer}/invoices", """{"lines":[{"description":"Workshop","amount":"99.50"}]}""")).Is(HttpStatusCode.Created).Json;
        Assert.Equal(("one_off", "finalized", "99.50"), (Text(invoice, "kind"), Text(invoice, "status"), Text(invoice, "due")));
        Assert.Equal(["lines[0].amount", "lines[0].description"], (await client.Post($"/v1/customers/{customer}/invoices", """{"lines":[{"description":"","amount":"0.001"}]}""")).Is(HttpStatusCode.UnprocessableEntity).Paths.Order());
        Assert.Equal(["lines"], (await client.Post($"/v1/customers/{customer}/invoices", """{"lines":[]}""")).Is(HttpStatusCode.UnprocessableEntity).Paths);

        using var key = api.With(await api.MakeKey(customer, "billing:read", "billing:write"));
        Assert.Single((await key.Get(lines)).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray());
        (await key.Post(lines, """{"description":"Mine","amount":"-250"}""")).Is(HttpStatusCode.Forbidden);
        (await client.Delete($"{lines}/{Text(added, "id")}")).Is(HttpStatusCode.NoContent);
        (await client.Delete($"{lines}/{Text(added, "id")}")).Is(HttpStatusCode.NotFound);
    }

    private static string? Text(JsonElement item, string name) => item.GetProperty(name).GetString();
}
