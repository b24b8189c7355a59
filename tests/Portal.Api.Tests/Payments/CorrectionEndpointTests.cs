using System.Net;
using System.Text.Json;

namespace Portal.Api.Tests.Payments;

/// <summary>Credit notes and refunds from outside.</summary>
public sealed class CorrectionEndpointTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    private static int s_made;

    [Fact]
    public async Task A_credit_note_is_an_invoice_of_its_own_linked_both_ways()
    {
        using var client = api.Operator();
        var invoice = await PaidInvoice(client);
        var made = (await client.Post($"/v1/invoices/{invoice}/credit-notes", """{"amount":"12.50","reason":"The region was slow.","settlement":"refund"}""")).Is(HttpStatusCode.Created).Json;
        var number = Text(made, "number");

        Assert.StartsWith("CN-", number, StringComparison.Ordinal);
        Assert.Equal(("credit_note", "paid", "-12.50", "0.00"), (Text(made, "kind"), Text(made, "status"), Text(made, "total"), Text(made, "due")));
        Assert.Equal((invoice, "The region was slow."), (Text(made, "corrects"), Text(made, "reason")));
        var notes = (await client.Get($"/v1/invoices/{invoice}")).Is(HttpStatusCode.OK).Json.GetProperty("creditNotes");
        Assert.Equal((number, "-12.50"), (Text(notes[0], "number"), Text(notes[0], "total")));
        var refund = (await client.Get($"/v1/invoices/{invoice}/refunds")).Is(HttpStatusCode.OK).Json.GetProperty("items")[0];
        Assert.Equal(("succeeded", "12.50", number), (Text(refund, "state"), Text(refund, "amount"), Text(refund, "creditNote")));

        Assert.Equal(["amount"], (await client.Post($"/v1/invoices/{invoice}/credit-notes", """{"amount":"90"}""")).Is(HttpStatusCode.UnprocessableEntity).Paths);
        Assert.Equal(["lines[0].n"], (await client.Post($"/v1/invoices/{invoice}/credit-notes", """{"lines":[{"n":9}]}""")).Is(HttpStatusCode.UnprocessableEntity).Paths);
        Assert.Equal("-87.50", Text((await client.Post($"/v1/invoices/{invoice}/credit-notes")).Is(HttpStatusCode.Created).Json, "total"));
        Assert.Equal("nothing_to_credit", (await client.Post($"/v1/invoices/{invoice}/credit-notes")).Is(HttpStatusCode.Conflict).Code);
    }

    [Fact]
    public async Task A_refund_without_a_credit_note_leaves_the_invoice_owed()
    {
        using var client = api.Operator();
        var invoice = await PaidInvoice(client);
        var refund = (await client.Post($"/v1/invoices/{invoice}/refunds", """{"amount":"40","reason":"Pays by bank."}""")).Is(HttpStatusCode.Created).Json;

        Assert.Equal(("succeeded", "40.00", "Pays by bank."), (Text(refund, "state"), Text(refund, "amount"), Text(refund, "why")));
        var shown = (await client.Get($"/v1/invoices/{invoice}")).Json;
        Assert.Equal(("finalized", "60.00", "40.00"), (Text(shown, "status"), Text(shown, "paid"), Text(shown, "due")));
        Assert.Equal("not_refundable", (await client.Post($"/v1/invoices/{invoice}/refunds", """{"amount":"60.01"}""")).Is(HttpStatusCode.Conflict).Code);
    }

    private async Task<string> PaidInvoice(HttpClient client)
    {
        var customer = await api.MakeCustomer();
        var card = $"correct{Interlocked.Increment(ref s_made)}";
        (await client.Put($"/v1/rate-cards/{card}", """{"name":"Plan","currency":"USD","prices":[{"key":"fee","name":"Plan","recurring":"advance","rate":{"model":"flat","amount":"100"}}]}""")).Is(HttpStatusCode.Created);
        (await client.Post($"/v1/rate-cards/{card}/publish")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/customers/{customer}/payment-method", """{"card":"4242424242424242"}""")).Is(HttpStatusCode.OK);
        (await client.Put($"/v1/customers/{customer}/subscription", $$"""{"rateCard":"{{card}}"}""")).Is(HttpStatusCode.Created);
        (await client.Post("/v1/sandbox/clock", $$"""{"now":"{{api.Clock.GetUtcNow().AddMinutes(1):O}}"}""")).Is(HttpStatusCode.OK);
        return Text((await client.Get($"/v1/invoices?customer={customer}&status=paid")).Is(HttpStatusCode.OK).Json.GetProperty("items")[0], "number")!;
    }

    private static string? Text(JsonElement element, string field) => element.GetProperty(field).GetString();
}
