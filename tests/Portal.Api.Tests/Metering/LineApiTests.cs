using System.Net;
using static Portal.Api.Tests.Metering.MeteringApi;

namespace Portal.Api.Tests.Metering;

public sealed class LineApiTests(MeteringApi metering) : IClassFixture<MeteringApi>
{
    [Fact]
    public async Task The_events_behind_a_line_of_the_spend_are_those_that_its_price_takes()
    {
        using var client = metering.Api.Operator();
        var customer = await metering.Api.MakeCustomer();
        (await client.Put("/v1/rate-cards/lines", """
            {"name":"Lines","currency":"USD","interval":"month","prices":[
                {"key":"of-m","name":"M","meter":"tokens","match":{"model":"m"},"rate":{"model":"per_unit","amount":"2"}},
                {"key":"rest","name":"Rest","meter":"tokens","rate":{"model":"per_unit","amount":"1"}},
                {"key":"fee","name":"Fee","recurring":"arrears","rate":{"model":"flat","amount":"5"}}]}
            """)).Is(HttpStatusCode.Created);
        (await client.Post("/v1/rate-cards/lines/publish", "{}")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/customers/{customer}/subscription", """{"rateCard":"lines"}""")).Is(HttpStatusCode.Created);
        (await metering.Post($"[{Event(customer, "a", "5")},{Event(customer, "b", "7", model: "n")},{Event(customer, "c", "9", model: "o")}]")).Is(HttpStatusCode.OK);

        Assert.Equal("a 5", Assert.Single(await Behind("of-m")));
        Assert.Equal("b 7, c 9", string.Join(", ", await Behind("rest")));
        Assert.Empty(await Behind("fee"));

        Assert.Equal(["line"], (await client.Get($"/v1/customers/{customer}/events?line=other")).Is(HttpStatusCode.UnprocessableEntity).Paths);
        Assert.Equal(["line"], (await client.Get($"/v1/customers/{customer}/events?line=rest&meter=tokens")).Is(HttpStatusCode.UnprocessableEntity).Paths);
        (await client.Get($"/v1/customers/{customer}/events?line=INV-999999/1")).Is(HttpStatusCode.NotFound);

        async Task<string[]> Behind(string line) => [.. (await client.Get($"/v1/customers/{customer}/events?line={line}")).Is(HttpStatusCode.OK).Json.GetProperty("items")
            .EnumerateArray().Select(item => $"{item.GetProperty("id").GetString()} {item.GetProperty("value").GetString()}").Order(StringComparer.Ordinal)];
    }
}
