using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Portal.Api.Tests.Limits;

/// <summary>T-21: with reservations a cap is never exceeded, however many callers run at once.</summary>
public sealed class ReservationTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    private static int s_made;

    [Theory]
    [InlineData("hard", "60", 60)]
    [InlineData("soft", "60", 66)]
    public async Task Sixty_four_callers_at_once_never_exceed_the_cap(string kind, string amount, int most)
    {
        var customer = await Subscribed(from41: "1");
        using var client = api.Operator();
        (await client.Put($"/v1/customers/{customer}/limit", $$"""{"amount":"{{amount}}","kind":"{{kind}}"}""")).Is(HttpStatusCode.OK);
        var (done, tries) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, 64).Select(async _ =>
        {
            using var caller = api.Operator();
            while (Interlocked.Increment(ref tries) <= 160)
            {
                var held = await caller.Post("/v1/reservations", $$"""{"customer":"{{customer}}","amount":"1"}""");
                if (held.Status == HttpStatusCode.Created)
                {
                    var n = Interlocked.Increment(ref done);
                    (await caller.Post("/v1/events", $$"""{"id":"e{{n}}","customer":"{{customer}}","type":"work.{{customer}}"}""")).Is(HttpStatusCode.OK);
                    (await caller.Post($"/v1/reservations/{held.Json.GetProperty("id").GetString()}/commit")).Is(HttpStatusCode.OK);
                }
                else
                {
                    Assert.Equal("limit_reached", held.Is(HttpStatusCode.OK).Json.GetProperty("reason").GetString());
                }
            }
        }));

        var spend = (await client.Get($"/v1/customers/{customer}/spend")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(most, done);
        Assert.Equal(most, Number(spend.GetProperty("limit").GetProperty("used")));
        Assert.Equal(0, Number(spend.GetProperty("notBilled")));
    }

    [Fact]
    public async Task A_hold_ends_by_commit_by_release_and_by_itself()
    {
        var customer = await Subscribed();
        using var client = api.Operator();
        await client.Put($"/v1/customers/{customer}/limit", """{"amount":"10"}""");
        var body = $$"""{"customer":"{{customer}}","amount":"10","ttl":60}""";

        var first = (await client.Post("/v1/reservations", body)).Is(HttpStatusCode.Created).Json;
        Assert.Equal(("held", "0"), (first.GetProperty("state").GetString(), first.GetProperty("remaining").GetString()));
        var refused = (await client.Post("/v1/reservations", body)).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("refused", JsonValueKind.Null), (refused.GetProperty("state").GetString(), refused.GetProperty("id").ValueKind));

        var address = $"/v1/reservations/{first.GetProperty("id").GetString()}";
        (await client.Post($"{address}/release")).Is(HttpStatusCode.OK);
        (await client.Post($"{address}/release")).Is(HttpStatusCode.OK);
        Assert.Equal("reservation_ended", (await client.Post($"{address}/commit")).Is(HttpStatusCode.Conflict).Code);

        var second = (await client.Post("/v1/reservations", body)).Is(HttpStatusCode.Created).Json.GetProperty("id").GetString();
        Assert.Single((await client.Get($"/v1/reservations?customer={customer}")).Json.GetProperty("items").EnumerateArray());
        (await client.Post("/v1/sandbox/clock", $$"""{"now":"{{api.Clock.GetUtcNow().AddSeconds(61):O}}"}""")).Is(HttpStatusCode.OK);
        Assert.Equal("expired", (await client.Get($"/v1/reservations/{second}")).Json.GetProperty("state").GetString());
        (await client.Post("/v1/reservations", body)).Is(HttpStatusCode.Created);

        // What was done was done, also when it took longer than was thought.
        var late = (await client.Post($"/v1/reservations/{second}/commit", """{"amount":"9.5"}""")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("committed", "9.5"), (late.GetProperty("state").GetString(), late.GetProperty("actual").GetString()));
    }

    [Fact]
    public async Task A_quantity_holds_units_of_the_feature_and_what_they_would_cost()
    {
        var customer = await Subscribed();
        using var client = api.Operator();
        await client.Put($"/v1/customers/{customer}/limit", """{"amount":"50"}""");

        var first = (await client.Post("/v1/reservations", $$"""{"customer":"{{customer}}","feature":"work","quantity":"40"}""")).Is(HttpStatusCode.Created).Json;
        Assert.Equal(("40", "10"), (first.GetProperty("amount").GetString(), first.GetProperty("remaining").GetString()));

        // From 41 on a unit costs 2: six of them do not fit into 10, five do.
        (await client.Post("/v1/reservations", $$"""{"customer":"{{customer}}","feature":"work","quantity":"6"}""")).Is(HttpStatusCode.OK);
        var second = (await client.Post("/v1/reservations", $$"""{"customer":"{{customer}}","feature":"work","quantity":"5"}""")).Is(HttpStatusCode.Created).Json;
        Assert.Equal("10", second.GetProperty("amount").GetString());

        // The feature's own limit is 45 units.
        (await client.Delete($"/v1/customers/{customer}/limit")).Is(HttpStatusCode.NoContent);
        Assert.Equal("limit_reached", (await client.Post("/v1/reservations", $$"""{"customer":"{{customer}}","feature":"work","quantity":"1"}"""))
            .Is(HttpStatusCode.OK).Json.GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("""{"customer":"CUSTOMER"}""", "amount")]
    [InlineData("""{"customer":"CUSTOMER","amount":"0"}""", "amount")]
    [InlineData("""{"customer":"CUSTOMER","quantity":"1"}""", "feature")]
    [InlineData("""{"customer":"CUSTOMER","amount":"1","ttl":86401}""", "ttl")]
    [InlineData("""{"customer":"CUSTOMER","feature":"work","quantity":"1","group":{"model":"x"}}""", "group")]
    public async Task What_makes_no_sense_is_refused_at_its_field(string body, string path)
    {
        var customer = await Subscribed();
        using var client = api.Operator();

        Assert.Equal([path], (await client.Post("/v1/reservations", body.Replace("CUSTOMER", customer, StringComparison.Ordinal))).Is(HttpStatusCode.UnprocessableEntity).Paths);
    }

    [Fact]
    public async Task Who_is_paused_or_has_not_the_feature_hears_why()
    {
        var customer = await Subscribed();
        using var client = api.Operator();

        Assert.Equal("feature_not_included", (await client.Post("/v1/reservations", $$"""{"customer":"{{customer}}","feature":"other","amount":"1"}""")).Json.GetProperty("reason").GetString());
        (await client.Post($"/v1/customers/{customer}/pause")).Is(HttpStatusCode.OK);
        Assert.Equal("paused_by_operator", (await client.Post("/v1/reservations", $$"""{"customer":"{{customer}}","amount":"1"}""")).Json.GetProperty("reason").GetString());
    }

    private async Task<string> Subscribed(string from41 = "2")
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        var card = string.Create(CultureInfo.InvariantCulture, $"work-{Interlocked.Increment(ref s_made)}");
        (await client.Put($"/v1/meters/{card}", $$"""{"name":"Work","eventType":"work.{{customer}}","aggregation":"count"}""")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/rate-cards/{card}", $$"""
            {"name":"Work","currency":"USD","features":[{"key":"work","limit":"45","meter":"{{card}}"}],
            "prices":[{"key":"p","meter":"{{card}}","rate":{"model":"graduated","tiers":[{"upTo":"40","amount":"1"},{"upTo":null,"amount":"{{from41}}"}]} }]}
            """)).Is(HttpStatusCode.Created);
        (await client.Post($"/v1/rate-cards/{card}/publish")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/customers/{customer}/subscription", $$"""{"rateCard":"{{card}}"}""")).Is(HttpStatusCode.Created);
        return customer;
    }

    private static decimal Number(JsonElement text) => decimal.Parse(text.GetString()!, CultureInfo.InvariantCulture);
}
