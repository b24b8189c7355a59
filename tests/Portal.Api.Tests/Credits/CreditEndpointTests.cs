using System.Net;
using System.Text.Json;

namespace Portal.Api.Tests.Credits;

public sealed class CreditEndpointTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    [Fact]
    public async Task Credits_are_granted_once_seen_in_the_spend_and_used_by_the_invoice()
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        (await client.Put("/v1/rate-cards/credited", """{"name":"Fee","currency":"USD","prices":[{"key":"fee","name":"Fee","recurring":"arrears","rate":{"model":"flat","amount":"100"}}],"billing":{"collection":"send"}}""")).Is(HttpStatusCode.Created);
        (await client.Post("/v1/rate-cards/credited/publish")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/customers/{customer}/subscription", """{"rateCard":"credited"}""")).Is(HttpStatusCode.Created);
        var granted = (await client.Post($"/v1/customers/{customer}/credits", """{"amount":"30","kind":"promotional","name":"Welcome"}""", "once")).Is(HttpStatusCode.Created);
        Assert.True((await client.Post($"/v1/customers/{customer}/credits", """{"amount":"30","kind":"promotional","name":"Welcome"}""", "once")).IsReplayed);
        Assert.Equal(("30.00", "30.00"), (Text(granted.Json, "amount"), Text(granted.Json, "left")));
        (await client.Post($"/v1/customers/{customer}/credits", """{"amount":"50.50","kind":"prepaid"}""")).Is(HttpStatusCode.Created);

        var spend = (await client.Get($"/v1/customers/{customer}/spend")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("100.00", "30.00", "70.00", "50.50"), (Text(spend, "subtotal"), Text(spend, "credits"), Text(spend, "total"), Text(spend, "prepaid")));
        (await client.Post("/v1/sandbox/clock", $$"""{"now":"{{api.Clock.GetUtcNow().AddDays(32):O}}"}""")).Is(HttpStatusCode.OK);
        var invoice = (await client.Get($"/v1/invoices?customer={customer}")).Json.GetProperty("items")[0];
        Assert.Equal(("30.00", "70.00", "50.50", "0.00", "19.50"),
            (Text(invoice, "credits"), Text(invoice, "total"), Text(invoice, "prepaid"), Text(invoice, "paid"), Text(invoice, "due")));

        using var key = api.With(await api.MakeKey(customer, "billing:read", "billing:write"));
        var credits = (await key.Get($"/v1/customers/{customer}/credits")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("0.00", "0.00", "0.00"), (Text(credits, "balance"), Text(credits, "prepaid"), Text(credits, "promotional")));
        Assert.Equal(["used", "used", "granted", "granted"], credits.GetProperty("ledger").EnumerateArray().Select(move => Text(move, "kind")));
        (await key.Post($"/v1/customers/{customer}/credits", """{"amount":"1","kind":"prepaid"}""")).Is(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("""{"amount":"0","kind":"prepaid"}""", "amount")]
    [InlineData("""{"amount":"1.001","kind":"prepaid"}""", "amount")]
    [InlineData("""{"amount":"1","kind":"gift"}""", "kind")]
    [InlineData("""{"amount":"1","kind":"prepaid","expiresAt":"2001-01-01T00:00:00Z"}""", "expiresAt")]
    public async Task A_grant_that_makes_no_sense_is_refused_by_field(string body, string path)
    {
        using var client = api.Operator();
        Assert.Equal([path], (await client.Post($"/v1/customers/{await api.MakeCustomer()}/credits", body)).Is(HttpStatusCode.UnprocessableEntity).Paths);
    }

    private static string? Text(JsonElement item, string name) => item.GetProperty(name).GetString();
}
