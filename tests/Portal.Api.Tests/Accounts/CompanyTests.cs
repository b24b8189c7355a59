using System.Net;

namespace Portal.Api.Tests.Accounts;

public sealed class CompanyTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    [Fact]
    public async Task The_seller_reads_back_as_it_was_put_and_can_be_replaced()
    {
        using var client = api.Operator();
        (await client.Get("/v1/company")).Is(HttpStatusCode.NotFound);
        const string body = """
            {"name":"Atlas AI GmbH","address":{"line1":"Allee 7","line2":null,"postalCode":"10115","city":"Berlin","region":null,"country":"DE"},"taxId":"DE123456789",
            "bankDetails":{"IBAN":"DE02 1203 0000 0000 2020 51","BIC":"BYLADEM1001"},"branding":{"color":"#0b5fff"}}
            """;

        (await client.Put("/v1/company", body)).Is(HttpStatusCode.Created);
        var read = (await client.Get("/v1/company")).Is(HttpStatusCode.OK);
        (await client.Put("/v1/company", read.Text)).Is(HttpStatusCode.OK);

        Assert.Equal("DE02 1203 0000 0000 2020 51", read.Json.GetProperty("bankDetails").GetProperty("IBAN").GetString());
        Assert.Equal(read.Text, (await client.Get("/v1/company")).Text);
    }

    [Theory]
    [InlineData("""{}""", "name")]
    [InlineData("""{"name":"n","branding":{"color":"red"}}""", "branding.color")]
    [InlineData("""{"name":"n","address":{"country":"Germany"}}""", "address.country")]
    [InlineData("""{"name":"n","bankDetails":{"IBAN":7}}""", "bankDetails.IBAN")]
    [InlineData("""{"name":"n","taxRate":"19"}""", "taxRate")]
    public async Task A_seller_that_makes_no_sense_is_refused_with_the_field(string body, string path)
    {
        using var client = api.Operator();

        Assert.Equal([path], (await client.Put("/v1/company", body)).Is(HttpStatusCode.UnprocessableEntity).Paths);
    }
}
