using System.Net;
using System.Text.Json;

namespace Portal.Api.Tests.Invoicing;

public sealed class BillingPreviewEndpointTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    [Fact]
    public async Task The_operator_sees_what_billing_will_do_and_billing_does_it()
    {
        using var client = api.Operator();
        var (customer, other) = (await api.MakeCustomer(), await api.MakeCustomer());
        (await client.Put($"/v1/rate-cards/{customer}", """{"name":"Fee","currency":"USD","prices":[{"key":"fee","name":"Fee","recurring":"arrears","rate":{"model":"flat","amount":"99.99"} }]}""")).Is(HttpStatusCode.Created);
        (await client.Post($"/v1/rate-cards/{customer}/publish")).Is(HttpStatusCode.Created);
        foreach (var key in new[] { customer, other })
        {
            (await client.Put($"/v1/customers/{key}/subscription", $$"""{"rateCard":"{{customer}}"}""")).Is(HttpStatusCode.Created);
        }

        (await client.Post($"/v1/customers/{customer}/credits", """{"amount":"20","kind":"promotional"}""")).Is(HttpStatusCode.Created);
        var until = api.Clock.GetUtcNow().AddDays(32);
        var address = $"/v1/billing/preview?until={until:yyyy-MM-ddTHH:mm:ssZ}";

        var coming = Assert.Single((await client.Get($"{address}&customer={customer}")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray().ToList());
        Assert.Equal(
            (customer, "running", "period", "USD", "99.99", "20.00", "0.00", "79.99", "79.99"),
            (Text(coming, "customer"), Text(coming, "state"), Text(coming, "kind"), Text(coming, "currency"), Text(coming, "net"), Text(coming, "credits"), Text(coming, "tax"), Text(coming, "total"), Text(coming, "due")));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null, JsonValueKind.Null), (coming.GetProperty("draft").ValueKind, coming.GetProperty("previous").ValueKind, coming.GetProperty("why").ValueKind));

        // A page is of customers, and the pages hold each of them once.
        var first = (await client.Get($"{address}&limit=1")).Is(HttpStatusCode.OK).Json;
        var second = (await client.Get($"{address}&limit=1&after={Text(first, "next")}")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(
            new[] { customer, other }.Order(StringComparer.Ordinal),
            new[] { first, second }.SelectMany(page => page.GetProperty("items").EnumerateArray()).Select(item => Text(item, "customer")!));
        var totals = (await client.Get($"/v1/billing/preview/totals?until={until:yyyy-MM-ddTHH:mm:ssZ}")).Is(HttpStatusCode.OK).Json;
        var total = Assert.Single(totals.GetProperty("totals").EnumerateArray().ToList());
        Assert.Equal(("USD", 2, "199.98", "179.98", 0), (Text(total, "currency"), total.GetProperty("invoices").GetInt32(), Text(total, "net"), Text(total, "total"), total.GetProperty("held").GetInt32()));
        Assert.Equal(["until"], (await client.Get("/v1/billing/preview?until=tomorrow")).Is(HttpStatusCode.UnprocessableEntity).Paths);

        (await client.Post("/v1/sandbox/clock", $$"""{"now":"{{until:O}}"}""")).Is(HttpStatusCode.OK);
        var made = Assert.Single((await client.Get($"/v1/invoices?customer={customer}")).Json.GetProperty("items").EnumerateArray().ToList());
        Assert.Equal(Text(coming, "total"), Text(made, "total"));
        Assert.InRange(made.GetProperty("issuedAt").GetDateTimeOffset() - coming.GetProperty("issuesAt").GetDateTimeOffset(), TimeSpan.Zero, TimeSpan.FromMinutes(1));

        using var own = api.With(await api.MakeKey(customer, "billing:read", "billing:write"));
        (await own.Get("/v1/billing/preview")).Is(HttpStatusCode.Forbidden);
        (await own.Get("/v1/billing/preview/totals")).Is(HttpStatusCode.Forbidden);
    }

    private static string? Text(JsonElement item, string name) => item.GetProperty(name).GetString();
}
