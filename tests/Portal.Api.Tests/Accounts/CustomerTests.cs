using System.Net;

namespace Portal.Api.Tests.Accounts;

public sealed class CustomerTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    [Fact]
    public async Task A_customer_reads_back_as_it_was_put()
    {
        using var client = api.Operator();
        const string body = """
            {"name":"Kupfer & Söhne","email":"billing@kupfer.example","currency":"EUR","timeZone":"Europe/Berlin","country":"DE","taxId":"DE123456789",
            "address":{"line1":"Weg 1","postalCode":"10115","city":"Berlin"},"locale":"de-DE","billing":{"threshold":"50","collection":"send","netDays":30}}
            """;

        var created = (await client.Put("/v1/customers/kupfer", body)).Is(HttpStatusCode.Created);
        var replaced = (await client.Put("/v1/customers/kupfer", created.Text)).Is(HttpStatusCode.OK);
        var read = (await client.Get("/v1/customers/kupfer")).Is(HttpStatusCode.OK);

        Assert.Equal(created.Text, replaced.Text);
        Assert.Equal(created.Text, read.Text);
        Assert.Equal("Kupfer & Söhne", read.Json.GetProperty("name").GetString());
        Assert.Equal("50", read.Json.GetProperty("billing").GetProperty("threshold").GetString());
    }
}
