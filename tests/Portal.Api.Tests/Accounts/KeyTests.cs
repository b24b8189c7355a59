using System.Net;
using Portal.Domain.Accounts;

namespace Portal.Api.Tests.Accounts;

public sealed class KeyTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    [Fact]
    public async Task A_key_works_at_once_tells_its_secret_once_and_stops_when_it_is_revoked()
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        var made = (await client.Post($"/v1/customers/{customer}/keys", """{"name":"Backend","scopes":["billing:read","usage:read"]}""")).Is(HttpStatusCode.Created).Json;
        var secret = made.GetProperty("secret").GetString()!;
        Assert.StartsWith("ck_", secret, StringComparison.Ordinal);
        using var own = api.With(secret);

        (await own.Get($"/v1/customers/{customer}")).Is(HttpStatusCode.OK);
        var listed = await client.Get($"/v1/customers/{customer}/keys");
        Assert.DoesNotContain(secret, listed.Text, StringComparison.Ordinal);
        Assert.Equal(secret[..7], listed.Json.GetProperty("items")[0].GetProperty("prefix").GetString());

        (await client.Delete($"/v1/customers/{customer}/keys/{made.GetProperty("id").GetGuid()}")).Is(HttpStatusCode.OK);
        Assert.Equal("unauthorized", (await own.Get($"/v1/customers/{customer}")).Is(HttpStatusCode.Unauthorized).Code);
    }

    [Fact]
    public async Task The_operators_own_keys_are_made_listed_and_revoked_apart_from_customers_keys()
    {
        using var client = api.Operator();
        var made = (await client.Post("/v1/keys", """{"name":"Ingest","scopes":["events:write"]}""")).Is(HttpStatusCode.Created).Json;
        var id = made.GetProperty("id").GetGuid();
        Assert.StartsWith("sk_", made.GetProperty("secret").GetString(), StringComparison.Ordinal);
        var customer = await api.MakeCustomer();

        (await client.Delete($"/v1/customers/{customer}/keys/{id}")).Is(HttpStatusCode.NotFound);
        Assert.Contains(id.ToString(), (await client.Get("/v1/keys?limit=1000")).Text, StringComparison.Ordinal);
        (await client.Delete($"/v1/keys/{id}")).Is(HttpStatusCode.OK);
        using var revoked = api.With(made.GetProperty("secret").GetString());
        (await revoked.Get("/v1/meters")).Is(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("""{"scopes":["usage:read"]}""", "name")]
    [InlineData("""{"name":"n"}""", "scopes")]
    [InlineData("""{"name":"n","scopes":["usage:write"]}""", "scopes[0]")]
    [InlineData("""{"name":"n","scopes":["usage:read","admin"]}""", "scopes[1]")]
    [InlineData("""{"name":"n","scopes":["catalog:write"]}""", "scopes[0]")]
    [InlineData("""{"name":"n","scopes":["usage:read"],"customerId":1}""", "customerId")]
    public async Task A_customers_key_that_makes_no_sense_or_has_the_operators_powers_is_refused(string body, string path)
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();

        Assert.Equal([path], (await client.Post($"/v1/customers/{customer}/keys", body)).Is(HttpStatusCode.UnprocessableEntity).Paths);
    }

    [Fact]
    public void Nobody_gives_a_key_more_than_it_may_do_itself()
    {
        var owner = Actor.OfMember("o", 1, MemberRole.Owner);
        var developer = Actor.OfMember("d", 1, MemberRole.Developer);

        Assert.True(owner.MayGrant(Scopes.BillingWrite));
        Assert.True(developer.MayGrant(Scopes.UsageRead));
        Assert.True(developer.MayGrant(Scopes.EventsWrite));
        Assert.False(developer.MayGrant(Scopes.BillingWrite));
        Assert.False(Actor.OfOperator("f", OperatorRole.Finance).MayGrant(Scopes.Admin));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sk_nope")]
    [InlineData("sk_test_operator_key ")]
    public async Task Without_a_working_key_the_answer_is_401(string? secret)
    {
        using var client = api.CreateClient();
        if (secret is not null)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {secret}x");
        }

        var answer = (await client.Get("/v1/meters")).Is(HttpStatusCode.Unauthorized);

        Assert.Equal("application/problem+json", answer.Type);
        Assert.Equal("unauthorized", answer.Code);
    }

    [Fact]
    public async Task Without_the_scope_the_answer_is_403_even_for_a_body_that_makes_no_sense()
    {
        using var client = api.With(await api.MakeOperatorKey("events:write"));

        var answer = (await client.Put("/v1/customers/whoever", "{}")).Is(HttpStatusCode.Forbidden);

        Assert.Equal("forbidden", answer.Code);
        Assert.Contains("'admin'", answer.Text, StringComparison.Ordinal);
    }
}
