using System.Net;

namespace Portal.Api.Tests.Ledger;

public sealed class LedgerEndpointTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    [Fact]
    public async Task The_journal_is_the_operators_and_adds_up_to_nothing()
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        (await client.Put("/v1/rate-cards/fee", """{"name":"Fee","currency":"USD","prices":[{"key":"fee","name":"Fee","recurring":"advance","rate":{"model":"flat","amount":"12.34"}}],"billing":{"collection":"send"}}""")).Is(HttpStatusCode.Created);
        (await client.Post("/v1/rate-cards/fee/publish")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/customers/{customer}/subscription", """{"rateCard":"fee"}""")).Is(HttpStatusCode.Created);
        (await client.Post("/v1/sandbox/clock", $$"""{"now":"{{api.Clock.GetUtcNow().AddHours(1):O}}"}""")).Is(HttpStatusCode.OK);

        var entry = Assert.Single((await client.Get($"/v1/ledger?customer={customer}")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray());
        Assert.Equal(("invoice_issued", "receivable", "revenue", "12.34", "USD", customer),
            (Text(entry, "fact"), Text(entry, "debit"), Text(entry, "credit"), Text(entry, "amount"), Text(entry, "currency"), Text(entry, "customer")));
        var balances = (await client.Get($"/v1/ledger/balances?customer={customer}")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray()
            .Select(balance => (Text(balance, "account"), Text(balance, "balance")));
        Assert.Equal([("receivable", "12.34"), ("revenue", "-12.34")], balances);

        using var key = api.With(await api.MakeKey(customer, "billing:read"));
        (await key.Get("/v1/ledger")).Is(HttpStatusCode.Forbidden);
        (await key.Get($"/v1/ledger/balances?customer={customer}")).Is(HttpStatusCode.Forbidden);
    }

    private static string? Text(System.Text.Json.JsonElement item, string name) => item.GetProperty(name).GetString();
}
