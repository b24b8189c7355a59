using System.Net;
using System.Text.Json;

namespace Portal.Api.Tests.Invoicing;

public sealed class TaxRateTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    [Fact]
    public async Task Rates_are_put_and_stand_on_spend_preview_and_invoice_alike()
    {
        using var client = api.Operator();
        Assert.Empty((await client.Get("/v1/tax-rates")).Is(HttpStatusCode.OK).Json.GetProperty("rates").EnumerateArray());
        var put = (await client.Put("/v1/tax-rates", """{"rates":[{"country":"DE","rate":"19","name":"USt"}]}""")).Is(HttpStatusCode.OK).Json;
        Assert.Equal("""[{"country":"DE","rate":"19","name":"USt"}]""", put.GetProperty("rates").ToString());

        var customer = await api.MakeCustomer("EUR");
        (await client.Put($"/v1/customers/{customer}", """{"name":"Tax GmbH","email":"a@b.example","currency":"EUR","country":"DE"}""")).Is(HttpStatusCode.OK);
        (await client.Put("/v1/rate-cards/taxed", """{"name":"Fee","currency":"EUR","prices":[{"key":"fee","name":"Fee","recurring":"arrears","rate":{"model":"flat","amount":"99.99"}}]}""")).Is(HttpStatusCode.Created);
        (await client.Post("/v1/rate-cards/taxed/publish")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/customers/{customer}/subscription", """{"rateCard":"taxed"}""")).Is(HttpStatusCode.Created);

        var preview = (await client.Post($"/v1/customers/{customer}/invoices/preview")).Is(HttpStatusCode.OK).Json;
        var spend = (await client.Get($"/v1/customers/{customer}/spend")).Is(HttpStatusCode.OK).Json;
        (await client.Post("/v1/sandbox/clock", $$"""{"now":"{{api.Clock.GetUtcNow().AddDays(32):O}}"}""")).Is(HttpStatusCode.OK);
        var invoice = (await client.Get($"/v1/invoices?customer={customer}")).Json.GetProperty("items")[0];

        Assert.Equal(("99.99", "118.99"), (Text(invoice, "subtotal"), Text(invoice, "total")));
        Assert.Equal("""[{"rate":"19","base":"99.99","amount":"19.00","category":"standard","name":"USt","note":null}]""", invoice.GetProperty("taxes").ToString());
        Assert.Equal(invoice.GetProperty("taxes").ToString(), preview.GetProperty("taxes").ToString());
        Assert.Equal(("19.00", "118.99"), (Text(spend, "tax"), Text(spend, "total")));
        (await client.Put("/v1/tax-rates", "[]")).Is(HttpStatusCode.OK);
        Assert.Equal("118.99", Text((await client.Get($"/v1/invoices/{Text(invoice, "number")}")).Json, "total"));
    }

    [Theory]
    [InlineData("""{"rates":[{"country":"XX","rate":"19"}]}""", "rates[0].country")]
    [InlineData("""{"rates":[{"country":"DE","rate":"101"}]}""", "rates[0].rate")]
    [InlineData("""{"rates":[{"country":"DE","rate":"1"},{"country":"DE","rate":"2"}]}""", "rates[1].country")]
    [InlineData("{}", "rates")]
    public async Task A_rate_that_makes_no_sense_is_refused_by_field(string body, string path)
    {
        using var client = api.Operator();
        Assert.Equal([path], (await client.Put("/v1/tax-rates", body)).Is(HttpStatusCode.UnprocessableEntity).Paths);
    }

    private static string? Text(JsonElement item, string name) => item.GetProperty(name).GetString();
}
