using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Portal.Domain.Metering;

namespace Portal.Api.Tests.Catalog;

public sealed class MeterTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    [Fact]
    public async Task A_meter_reads_back_as_it_was_put()
    {
        using var client = api.Operator();
        const string body = """
            {"name":"LLM tokens","eventType":"llm.completion","aggregation":"sum","value":"input_tokens","groupBy":["model"],
            "filter":{"region":["eu","us"]},"unit":"token","unitCost":[{"match":{"model":"gpt-4o"},"amount":"0.0000018"}]}
            """;

        var created = (await client.Put("/v1/meters/tokens", body)).Is(HttpStatusCode.Created);
        var replaced = (await client.Put("/v1/meters/tokens", created.Text)).Is(HttpStatusCode.OK);

        Assert.Equal(created.Text, replaced.Text);
        Assert.Equal(created.Text, (await client.Get("/v1/meters/tokens")).Text);
        Assert.Equal("0.0000018", created.Json.GetProperty("unitCost")[0].GetProperty("amount").GetString());
    }

    [Theory]
    [InlineData("""{"eventType":"t","aggregation":"count"}""", "name")]
    [InlineData("""{"name":" ","eventType":"t","aggregation":"count"}""", "name")]
    [InlineData("""{"name":"n","aggregation":"count"}""", "eventType")]
    [InlineData("""{"name":"n","eventType":"t"}""", "aggregation")]
    [InlineData("""{"name":"n","eventType":"t","aggregation":"median"}""", "aggregation")]
    [InlineData("""{"name":"n","eventType":"t","aggregation":"unique"}""", "value")]
    [InlineData("""{"name":"n","eventTypes":[{"type":"a"},{"type":"a"}],"aggregation":"count"}""", "eventTypes[1].type")]
    [InlineData("""{"name":"n","eventTypes":[{"type":"a","weight":"0"}],"aggregation":"count"}""", "eventTypes[0].weight")]
    [InlineData("""{"name":"n","eventTypes":[{"type":"a","weight":"2"}],"aggregation":"unique","value":"user"}""", "eventTypes[0].weight")]
    [InlineData("""{"name":"n","eventTypes":[{"type":"a","value":"v"}],"aggregation":"count"}""", "eventTypes[0].value")]
    [InlineData("""{"name":"n","eventTypes":[{"type":"a"}],"aggregation":"max"}""", "value")]
    [InlineData("""{"name":"n","eventType":"b","eventTypes":[{"type":"a"}],"aggregation":"count"}""", "eventType")]
    [InlineData("""{"name":"n","eventType":"t","aggregation":"sum"}""", "value")]
    [InlineData("""{"name":"n","eventType":"t","aggregation":"count","value":"v"}""", "value")]
    [InlineData("""{"name":"n","eventType":"t","aggregation":"count","groupBy":["a","b","c","d","e","f"]}""", "groupBy")]
    [InlineData("""{"name":"n","eventType":"t","aggregation":"count","groupBy":["a","a"]}""", "groupBy[1]")]
    [InlineData("""{"name":"n","eventType":"t","aggregation":"count","groupBy":[1]}""", "groupBy[0]")]
    [InlineData("""{"name":"n","eventType":"t","aggregation":"count","groupBy":"a"}""", "groupBy")]
    [InlineData("""{"name":"n","eventType":"t","aggregation":"count","filter":{"region":[]}}""", "filter.region")]
    [InlineData("""{"name":"n","eventType":"t","aggregation":"count","unitCost":[{"match":{"model":"x"},"amount":"1"}]}""", "unitCost[0].match.model")]
    [InlineData("""{"name":"n","eventType":"t","aggregation":"count","unitCost":[{"amount":"-1"}]}""", "unitCost[0].amount")]
    [InlineData("""{"name":"n","eventType":"t","aggregation":"count","event_type":"t"}""", "event_type")]
    public async Task A_meter_that_makes_no_sense_is_refused_with_the_field(string body, string path)
    {
        using var client = api.Operator();

        var answer = (await client.Put("/v1/meters/refused", body)).Is(HttpStatusCode.UnprocessableEntity);

        Assert.Equal([path], answer.Paths);
        (await client.Get("/v1/meters/refused")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_property_name_that_is_too_long_is_refused()
    {
        using var client = api.Operator();
        var name = new string('p', 65);

        var answer = await client.Put("/v1/meters/refused", $$"""{"name":"n","eventType":"t","aggregation":"sum","value":"{{name}}","groupBy":["{{name}}"]}""");

        Assert.Equal(["value", "groupBy[0]"], answer.Paths);
    }

    [Theory]
    [InlineData("Upper")]
    [InlineData("a%20b")]
    [InlineData("a%2Fb")]
    [InlineData("k2345678901234567890123456789012345678901234567890123456789012345")]
    public async Task A_key_outside_the_grammar_is_refused(string key)
    {
        using var client = api.Operator();

        var answer = await client.Put($"/v1/meters/{key}", """{"name":"n","eventType":"t","aggregation":"count"}""");

        Assert.Equal(["key"], answer.Is(HttpStatusCode.UnprocessableEntity).Paths);
    }

    [Fact]
    public async Task What_usage_means_stays_once_there_is_usage_and_the_rest_may_change()
    {
        using var client = api.Operator();
        (await client.Put("/v1/meters/used", Body(aggregation: "sum", unit: "token"))).Is(HttpStatusCode.Created);
        await using (var insert = api.Database.Source.CreateCommand("""
            INSERT INTO usage_buckets (customer_id, meter_id, group_id, start, events, sum, min, max, last_time, last_value)
            SELECT 1, id, 0, '2026-01-01', 1, 1, 1, 1, '2026-01-01', 1 FROM meters WHERE key = 'used'
            """))
        {
            Assert.Equal(1, await insert.ExecuteNonQueryAsync());
        }

        var refused = (await client.Put("/v1/meters/used", Body(aggregation: "max", unit: "token"))).Is(HttpStatusCode.Conflict);
        Assert.Equal("meter_in_use", refused.Code);
        Assert.Contains("Create a new meter", refused.Text, StringComparison.Ordinal);

        var renamed = (await client.Put("/v1/meters/used", Body(aggregation: "sum", unit: "mark"))).Is(HttpStatusCode.OK);
        Assert.Equal("mark", renamed.Json.GetProperty("unit").GetString());
    }

    [Fact]
    public async Task Without_usage_a_meter_may_change_but_not_below_the_prices_that_match_on_it()
    {
        using var client = api.Operator();
        (await client.Put("/v1/meters/free", Body(aggregation: "sum", unit: "token"))).Is(HttpStatusCode.Created);
        (await client.Put("/v1/meters/free", Body(aggregation: "max", unit: "token"))).Is(HttpStatusCode.OK);
        (await client.Put("/v1/rate-cards/matching", """
            {"name":"Matching","currency":"USD","prices":[{"key":"p","meter":"free","match":{"model":"x"},"rate":{"model":"per_unit","amount":"1"}}]}
            """)).Is(HttpStatusCode.Created);

        var refused = await client.Put("/v1/meters/free", """{"name":"n","eventType":"t","aggregation":"max","value":"v"}""");

        Assert.Equal("meter_in_use", refused.Is(HttpStatusCode.Conflict).Code);
    }

    private static string Body(string aggregation, string unit) =>
        $$"""{"name":"n","eventType":"t","aggregation":"{{aggregation}}","value":"v","groupBy":["model"],"unit":"{{unit}}"}""";

    [Fact]
    public async Task A_later_meter_counts_earlier_events_once_it_is_back_filled_and_only_once()
    {
        using var client = api.Operator();
        await client.Put("/v1/customers/later", """{"name":"Later","email":"later@example.com","currency":"USD"}""");
        (await client.Put("/v1/meters/later-1", """{"name":"n","eventType":"later","aggregation":"count"}""")).Is(HttpStatusCode.Created);
        (await client.Post("/v1/events", """[{"id":"1","customer":"later","type":"later","properties":{"n":5}},{"id":"2","customer":"later","type":"later","properties":{"n":7}}]""")).Is(HttpStatusCode.OK);
        var meter = (await client.Put("/v1/meters/later-2", """{"name":"n","eventType":"later","aggregation":"sum","value":"n"}""")).Is(HttpStatusCode.Created);
        Assert.Equal(meter.Text, (await client.Put("/v1/meters/later-2", meter.Text)).Is(HttpStatusCode.OK).Text);
        Assert.Equal("possible", (await client.Get("/v1/meters/later-2/backfill")).Json.GetProperty("state").GetString());
        Assert.Equal("not_needed", (await client.Post("/v1/meters/later-1/backfill")).Is(HttpStatusCode.OK).Json.GetProperty("state").GetString());
        (await client.Post("/v1/meters/nothing/backfill")).Is(HttpStatusCode.NotFound);

        (await client.Post("/v1/meters/later-2/backfill")).Is(HttpStatusCode.OK);
        (await client.Post("/v1/meters/later-2/backfill")).Is(HttpStatusCode.OK);
        await api.Services.GetRequiredService<RecountRun>().Run(CancellationToken.None);

        var backfill = (await client.Get("/v1/meters/later-2/backfill")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("done", 2), (backfill.GetProperty("state").GetString(), backfill.GetProperty("events").GetInt64()));
        Assert.Equal("12", (await client.Get("/v1/customers/later/usage?meter=later-2")).Json.GetProperty("items")[0].GetProperty("quantity").GetString());
    }
}
