using System.Net;
using System.Text.Json;

namespace Portal.Api.Tests.Invoicing;

public sealed class InvoiceBatchEndpointTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    [Fact]
    public async Task An_invoice_is_sent_again_and_many_are_told_one_by_one_what_became_of_them()
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        var issued = (await client.Post($"/v1/customers/{customer}/invoices", """{"lines":[{"description":"Workshop","amount":"99.50"}]}""")).Is(HttpStatusCode.Created).Json;
        var number = Text(issued, "number");

        var again = (await client.Post($"/v1/invoices/{number}/resend", null, "again")).Is(HttpStatusCode.OK);
        Assert.Equal(number, Text(again.Json, "invoice"));
        Assert.Single(again.Json.GetProperty("to").EnumerateArray());
        Assert.True((await client.Post($"/v1/invoices/{number}/resend", null, "again")).IsReplayed);

        var batch = (await client.Post("/v1/invoices/batch", $$"""{"action":"resend","invoices":["{{number}}","INV-999999"]}""")).Is(HttpStatusCode.OK).Json;
        Assert.Equal((1, 1), (batch.GetProperty("done").GetInt32(), batch.GetProperty("notDone").GetInt32()));
        var results = batch.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal((number, true, "finalized", null), (Text(results[0], "invoice"), results[0].GetProperty("done").GetBoolean(), Text(results[0], "status"), Text(results[0], "code")));
        Assert.Equal(("INV-999999", false, null, "not_found"), (Text(results[1], "invoice"), results[1].GetProperty("done").GetBoolean(), Text(results[1], "status"), Text(results[1], "code")));
        var late = (await client.Post("/v1/invoices/batch", $$"""{"action":"finalize","invoices":["{{number}}"]}""")).Is(HttpStatusCode.OK).Json;
        Assert.Equal("not_a_draft", Text(late.GetProperty("results")[0], "code"));

        Assert.Equal(["action", "invoices"], (await client.Post("/v1/invoices/batch", """{"invoices":[]}""")).Is(HttpStatusCode.UnprocessableEntity).Paths.Order());
        using var own = api.With(await api.MakeKey(customer, "billing:read", "billing:write"));
        (await own.Post("/v1/invoices/batch", $$"""{"action":"resend","invoices":["{{number}}"]}""")).Is(HttpStatusCode.Forbidden);
        (await own.Post($"/v1/invoices/{number}/resend")).Is(HttpStatusCode.Forbidden);
    }

    private static string? Text(JsonElement item, string name) => item.GetProperty(name).GetString();
}
