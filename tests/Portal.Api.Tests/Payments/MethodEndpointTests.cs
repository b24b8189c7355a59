using System.Net;
using System.Text.Json;

namespace Portal.Api.Tests.Payments;

/// <summary>A customer's cards from outside: saved by their use, exchanged and removed.</summary>
public sealed class MethodEndpointTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    private static int s_made;

    [Fact]
    public async Task Cards_are_saved_by_their_use_exchanged_and_removed()
    {
        var (customer, other) = (await api.MakeCustomer(), await api.MakeCustomer());
        using var key = api.With(await api.MakeKey(customer, "billing:read", "billing:write"));
        var path = $"/v1/customers/{customer}/payment-methods";
        Assert.Empty(await Cards(key, path));
        var first = (await key.Post(path, """{"card":"4000000000000002","use":"backup"}""")).Is(HttpStatusCode.Created).Json;
        Assert.Equal(("default", "0002", "sandbox"), (Text(first, "use"), Text(first, "last4"), Text(first, "gateway")));
        var second = (await key.Post(path, """{"card":"4242424242424242","use":"backup"}""")).Is(HttpStatusCode.Created).Json;
        Assert.Equal(["default 0002", "backup 4242"], await Cards(key, path));

        Assert.Equal("default", Text((await key.Put($"{path}/{Text(second, "id")}", """{"use":"default"}""")).Is(HttpStatusCode.OK).Json, "use"));
        Assert.Equal(["default 4242", "backup 0002"], await Cards(key, path));
        Assert.Equal("4242", Text((await key.Get($"/v1/customers/{customer}/payment-method")).Is(HttpStatusCode.OK).Json, "last4"));
        (await key.Put($"/v1/customers/{customer}/payment-method", """{"card":"4000000000000341"}""")).Is(HttpStatusCode.OK);
        Assert.Equal(["default 0341", "backup 0002"], await Cards(key, path));

        using var client = api.Operator();
        (await client.Put($"/v1/customers/{other}/payment-methods/{Text(first, "id")}", """{"use":"default"}""")).Is(HttpStatusCode.NotFound);
        (await client.Delete($"/v1/customers/{other}/payment-methods/{Text(first, "id")}")).Is(HttpStatusCode.NotFound);
        (await key.Delete($"{path}/{Text(first, "id")}")).Is(HttpStatusCode.NoContent);
        (await key.Delete($"{path}/{Text(first, "id")}")).Is(HttpStatusCode.NotFound);
        Assert.Equal(["default 0341"], await Cards(key, path));
    }

    [Fact]
    public async Task The_backup_pays_what_the_default_card_declines_and_the_attempts_say_which_was_which()
    {
        using var client = api.Operator();
        var (customer, card) = (await api.MakeCustomer(), $"backup-fee-{Interlocked.Increment(ref s_made)}");
        (await client.Put($"/v1/rate-cards/{card}", """{"name":"Fee","currency":"USD","prices":[{"key":"fee","name":"Fee","recurring":"arrears","rate":{"model":"flat","amount":"20"}}]}""")).Is(HttpStatusCode.Created);
        (await client.Post($"/v1/rate-cards/{card}/publish")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/customers/{customer}/subscription", $$"""{"rateCard":"{{card}}"}""")).Is(HttpStatusCode.Created);
        var path = $"/v1/customers/{customer}/payment-methods";
        var declined = (await client.Post(path, """{"card":"4000000000000002","use":"default"}""")).Is(HttpStatusCode.Created).Json;
        Assert.Equal("last_payment_method", (await client.Delete($"{path}/{Text(declined, "id")}")).Is(HttpStatusCode.Conflict).Code);
        (await client.Post(path, """{"card":"4242424242424242","use":"backup"}""")).Is(HttpStatusCode.Created);
        (await client.Post("/v1/sandbox/clock", $$"""{"now":"{{api.Clock.GetUtcNow() + TimeSpan.FromDays(33):O}}"}""")).Is(HttpStatusCode.OK);

        var invoice = (await client.Get($"/v1/invoices?customer={customer}&status=paid")).Is(HttpStatusCode.OK).Json.GetProperty("items")[0];
        Assert.Equal("0.00", Text(invoice, "due"));
        var attempts = (await client.Get($"/v1/invoices/{Text(invoice, "number")}/attempts")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray();
        Assert.Equal(
            [("failed", "default", "0002"), ("succeeded", "backup", "4242")],
            attempts.Select(attempt => (Text(attempt, "state"), Text(attempt, "use"), Text(attempt, "last4"))));
    }

    [Theory]
    [InlineData("POST", """{"card":"4111111111111111","use":"backup"}""", "card")]
    [InlineData("POST", """{"card":"4242424242424242"}""", "use")]
    [InlineData("POST", """{"card":"4242424242424242","use":"spare"}""", "use")]
    [InlineData("PUT", "{}", "use")]
    [InlineData("PUT", """{"use":"default","last4":"0000"}""", "last4")]
    public async Task What_makes_no_sense_is_refused_by_field(string method, string body, string path)
    {
        using var client = api.Operator();
        var address = $"/v1/customers/{await api.MakeCustomer()}/payment-methods{(method == "PUT" ? $"/{Guid.NewGuid()}" : "")}";
        Assert.Equal([path], (await client.Send(new HttpMethod(method), address, body)).Is(HttpStatusCode.UnprocessableEntity).Paths);
    }

    private static async Task<List<string>> Cards(HttpClient client, string path) =>
        [.. (await client.Get(path)).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray().Select(card => $"{Text(card, "use")} {Text(card, "last4")}")];

    private static string? Text(JsonElement item, string name) => item.GetProperty(name).GetString();
}
