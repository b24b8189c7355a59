using System.Net;
using System.Text.Json;

namespace Portal.Api.Tests;

public sealed class DescriptionTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    [Fact]
    public async Task Every_endpoint_is_described_with_a_summary_a_group_its_scope_and_its_problems()
    {
        using var client = api.With(null);

        var document = (await client.Get("/openapi/v1.json")).Is(HttpStatusCode.OK).Json;

        Assert.Equal("bearer", document.GetProperty("components").GetProperty("securitySchemes").GetProperty("key").GetProperty("scheme").GetString());
        var operations = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => (Name: $"{operation.Name} {path.Name}", operation.Value)))
            .ToList();
        Assert.NotEmpty(operations);
        Assert.All(operations, operation =>
        {
            Assert.True(operation.Value.TryGetProperty("summary", out _), $"{operation.Name} has no summary.");
            Assert.True(operation.Value.TryGetProperty("tags", out _), $"{operation.Name} has no group.");
            Assert.True(operation.Value.GetProperty("responses").TryGetProperty("4XX", out _), $"{operation.Name} says nothing about problems.");
            Assert.True(
                operation.Name.Contains("/health/", StringComparison.Ordinal) || operation.Value.GetProperty("description").GetString()!.Contains("Scope: ", StringComparison.Ordinal),
                $"{operation.Name} does not say which scope it needs: map it with Needs.");
        });
    }

    [Fact]
    public async Task A_body_is_described_by_an_example_with_its_fields()
    {
        using var client = api.With(null);

        var paths = (await client.Get("/openapi/v1.json")).Json.GetProperty("paths");

        var body = paths.GetProperty("/v1/customers/{customer}").GetProperty("put").GetProperty("requestBody").GetProperty("content").GetProperty("application/json");
        Assert.Equal("Acme", body.GetProperty("example").GetProperty("name").GetString());
        Assert.Equal("string", body.GetProperty("schema").GetProperty("properties").GetProperty("currency").GetProperty("type").GetString());
        var header = paths.GetProperty("/v1/keys").GetProperty("post").GetProperty("parameters").EnumerateArray();
        Assert.Contains(header, parameter => parameter.GetProperty("name").GetString() == "Idempotency-Key");
    }

    [Theory]
    [InlineData("/docs/index.html")]
    [InlineData("/docs/swagger-ui-bundle.js")]
    [InlineData("/docs/swagger-ui.css")]
    public async Task The_page_that_shows_it_comes_whole_from_this_host(string address)
    {
        using var client = api.With(null);

        var answer = (await client.Get(address)).Is(HttpStatusCode.OK);

        Assert.DoesNotMatch("""(src|href)="https?://""", answer.Text.Length < 20_000 ? answer.Text : "");
    }

    [Fact]
    public async Task Health_asks_for_no_key()
    {
        using var client = api.With(null);

        Assert.Equal("live", (await client.Get("/health/live")).Is(HttpStatusCode.OK).Json.GetProperty("status").GetString());
        Assert.Equal("ready", (await client.Get("/health/ready")).Is(HttpStatusCode.OK).Json.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_preview_rates_without_storing()
    {
        using var client = api.Operator();

        var answer = await client.Post("/v1/rating/preview", """
            {"currency":"USD","price":{"rate":{"model":"graduated","tiers":[{"upTo":"100","amount":"0.10"},{"upTo":null,"amount":"0.05"}]}},"quantity":"123.45"}
            """);

        var json = answer.Is(HttpStatusCode.OK).Json;
        Assert.Equal("11.172500000000", json.GetProperty("amount").GetString());
        Assert.Equal("11.17", json.GetProperty("rounded").GetString());
        Assert.Equal(JsonValueKind.String, json.GetProperty("steps")[0].GetProperty("unitAmount").ValueKind);
        Assert.Equal(["price.rate.tiers"], (await client.Post("/v1/rating/preview", """{"currency":"USD","price":{"rate":{"model":"graduated","tiers":[]}},"quantity":"1"}"""))
            .Is(HttpStatusCode.UnprocessableEntity).Paths);
    }
}
