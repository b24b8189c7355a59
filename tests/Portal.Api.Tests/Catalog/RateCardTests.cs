using System.Net;

namespace Portal.Api.Tests.Catalog;

public sealed class RateCardTests(ApiApplication api) : IClassFixture<ApiApplication>, IAsyncLifetime
{
    private const string PerUnit = """ "rate":{"model":"per_unit","amount":"1"} """;

    public async Task InitializeAsync()
    {
        using var client = api.Operator();
        await client.Put("/v1/meters/tokens", """{"name":"Tokens","eventType":"llm","aggregation":"sum","value":"tokens","groupBy":["model","type"]}""");
        await client.Put("/v1/meters/calls", """{"name":"Calls","eventType":"call","aggregation":"count"}""");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_draft_reads_back_as_it_was_put_with_the_digits_it_was_entered_with()
    {
        using var client = api.Operator();
        const string body = """
            {"name":"Pay as you go","currency":"USD","interval":"month",
            "prices":[
              {"key":"in","name":"Input","meter":"tokens","match":{"model":"gpt-4o"},"included":"100","minimum":"1.50","rate":{"model":"per_unit","amount":"2.50","per":"1000000"}},
              {"key":"calls","name":"Calls","meter":"calls","rate":{"model":"graduated","tiers":[{"upTo":"100","amount":"0.10"},{"upTo":null,"amount":"0.050","flat":"3"}]}},
              {"key":"base","name":"Base fee","recurring":"advance","rate":{"model":"flat","amount":"20"}}],
            "features":[{"key":"api","limit":"50000","meter":"calls"},{"key":"sso"}],"trialDays":14,"billing":{"threshold":"50","collection":"send","netDays":30}}
            """;

        var created = (await client.Put("/v1/rate-cards/draft", body)).Is(HttpStatusCode.Created);
        var replaced = (await client.Put("/v1/rate-cards/draft", created.Text)).Is(HttpStatusCode.OK);

        Assert.Equal(created.Json.GetProperty("prices").ToString(), replaced.Json.GetProperty("prices").ToString());
        Assert.True(created.Json.GetProperty("isDraft").GetBoolean());
        Assert.Empty(created.Json.GetProperty("versions").EnumerateArray());
        var price = created.Json.GetProperty("prices")[0];
        Assert.Equal("2.50", price.GetProperty("rate").GetProperty("amount").GetString());
        Assert.Equal("1.50", price.GetProperty("minimum").GetString());
        Assert.Equal("gpt-4o", price.GetProperty("match").GetProperty("model").GetString());
    }

    [Theory]
    [InlineData("""{"key":"p","meter":"nope",RATE}""", "prices[0].meter")]
    [InlineData("""{"key":"p",RATE}""", "prices[0].meter")]
    [InlineData("""{"key":"p","meter":"tokens","recurring":"advance",RATE}""", "prices[0].meter")]
    [InlineData("""{"key":"p","recurring":"sometimes",RATE}""", "prices[0].recurring")]
    [InlineData("""{"key":"p","recurring":"advance","match":{"model":"x"},RATE}""", "prices[0].match")]
    [InlineData("""{"key":"p","recurring":"advance","interval":"week",RATE}""", "prices[0].interval")]
    [InlineData("""{"key":"p","recurring":"advance","interval":"fortnight",RATE}""", "prices[0].interval")]
    [InlineData("""{"key":"p","meter":"tokens","interval":"month",RATE}""", "prices[0].interval")]
    [InlineData("""{"key":"p","meter":"tokens","match":{"region":"eu"},RATE}""", "prices[0].match.region")]
    [InlineData("""{"key":"p","meter":"calls","match":{"model":"x"},RATE}""", "prices[0].match.model")]
    [InlineData("""{"key":"p","meter":"tokens","match":{"model":1},RATE}""", "prices[0].match.model")]
    [InlineData("""{"key":"p","meter":"tokens",RATE},{"key":"p","meter":"calls",RATE}""", "prices[1].key")]
    [InlineData("""{"key":"P!","meter":"tokens",RATE}""", "prices[0].key")]
    [InlineData("""{"meter":"tokens",RATE}""", "prices[0].key")]
    [InlineData("""{"key":"p","meter":"tokens"}""", "prices[0].rate")]
    [InlineData("""{"key":"p","meter":"tokens","rate":{"model":"per_unit","amount":"-1"}}""", "prices[0].rate.amount")]
    [InlineData("""{"key":"p","meter":"tokens","rate":{"model":"graduated","tiers":[]}}""", "prices[0].rate.tiers")]
    [InlineData("""{"key":"p","meter":"calls","rate":{"model":"percentage","percent":"3"}}""", "prices[0].rate.model")]
    [InlineData("""{"key":"p","recurring":"arrears","rate":{"model":"percentage","percent":"3"}}""", "prices[0].rate.model")]
    [InlineData("""{"key":"p","meter":"tokens","matches":{},RATE}""", "prices[0].matches")]
    [InlineData("17", "prices[0]")]
    public async Task A_price_that_makes_no_sense_is_refused_with_its_path(string prices, string path)
    {
        using var client = api.Operator();

        var answer = await client.Put("/v1/rate-cards/refused", Card(prices.Replace("RATE", PerUnit, StringComparison.Ordinal)));

        Assert.Equal([path], answer.Is(HttpStatusCode.UnprocessableEntity).Paths);
        (await client.Get("/v1/rate-cards/refused")).Is(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("""{"name":"n","currency":"usd"}""", "currency")]
    [InlineData("""{"name":"n","currency":"USD","interval":"day"}""", "interval")]
    [InlineData("""{"name":"n","currency":"USD","trialDays":-1}""", "trialDays")]
    [InlineData("""{"name":"n","currency":"USD","trialDays":1.5}""", "trialDays")]
    [InlineData("""{"name":"n","currency":"USD","billing":{"collection":"beg"}}""", "billing.collection")]
    [InlineData("""{"name":"n","currency":"USD","billing":{"threshold":"0"}}""", "billing.threshold")]
    [InlineData("""{"name":"n","currency":"USD","features":[{"key":"api","limit":"5"}]}""", "features[0].meter")]
    [InlineData("""{"name":"n","currency":"USD","features":[{"key":"api","meter":"nope"}]}""", "features[0].meter")]
    [InlineData("""{"name":"n","currency":"USD","features":[{"key":"api"},{"key":"api"}]}""", "features[1].key")]
    [InlineData("""{"name":"n","currency":"USD","price":[]}""", "price")]
    public async Task A_card_that_makes_no_sense_is_refused_with_its_path(string body, string path)
    {
        using var client = api.Operator();

        Assert.Equal([path], (await client.Put("/v1/rate-cards/refused", body)).Is(HttpStatusCode.UnprocessableEntity).Paths);
    }

    [Theory]
    [InlineData("""{"key":"a","meter":"tokens",RATE},{"key":"b","meter":"tokens",RATE}""", true)]
    [InlineData("""{"key":"a","meter":"tokens",RATE},{"key":"b","meter":"calls",RATE}""", false)]
    [InlineData("""{"key":"a","meter":"tokens","match":{"model":"x"},RATE},{"key":"b","meter":"tokens","match":{"model":"x"},RATE}""", true)]
    [InlineData("""{"key":"a","meter":"tokens","match":{"model":"x"},RATE},{"key":"b","meter":"tokens","match":{"model":"y"},RATE}""", false)]
    [InlineData("""{"key":"a","meter":"tokens","match":{"model":"x"},RATE},{"key":"b","meter":"tokens",RATE}""", false)]
    [InlineData("""{"key":"a","meter":"tokens","match":{"model":"x"},RATE},{"key":"b","meter":"tokens","match":{"type":"in"},RATE}""", true)]
    [InlineData("""
        {"key":"a","meter":"tokens","match":{"model":"x"},RATE},{"key":"b","meter":"tokens","match":{"type":"in"},RATE},
        {"key":"c","meter":"tokens","match":{"model":"x","type":"in"},RATE}
        """, false)]
    public async Task A_tie_is_refused_when_it_is_published_and_not_before(string prices, bool isTied)
    {
        using var client = api.Operator();
        var address = $"/v1/rate-cards/tie-{Guid.NewGuid():N}";
        (await client.Put(address, Card(prices.Replace("RATE", PerUnit, StringComparison.Ordinal)))).Is(HttpStatusCode.Created);

        var answer = await client.Post($"{address}/publish");

        if (isTied)
        {
            Assert.Equal(["prices[1].match"], answer.Is(HttpStatusCode.UnprocessableEntity).Paths);
        }
        else
        {
            answer.Is(HttpStatusCode.Created);
        }
    }

    [Fact]
    public async Task A_retired_card_takes_no_new_subscription_and_keeps_those_it_has()
    {
        using var client = api.Operator();
        await client.Put("/v1/rate-cards/old", Card($$"""{"key":"a","meter":"tokens",{{PerUnit}}}"""));
        (await client.Post("/v1/rate-cards/old/publish")).Is(HttpStatusCode.Created);
        var (on, late) = (await api.MakeCustomer(), await api.MakeCustomer());
        (await client.Put($"/v1/customers/{on}/subscription", """{"rateCard":"old"}""")).Is(HttpStatusCode.Created);

        var retired = (await client.Send(HttpMethod.Put, "/v1/rate-cards/old/retirement")).Is(HttpStatusCode.OK);

        Assert.NotEqual(System.Text.Json.JsonValueKind.Null, retired.Json.GetProperty("retiredAt").ValueKind);
        Assert.Equal(["rateCard"], (await client.Put($"/v1/customers/{late}/subscription", """{"rateCard":"old"}""")).Is(HttpStatusCode.UnprocessableEntity).Paths);
        (await client.Put($"/v1/customers/{on}/subscription", """{"rateCard":"old","version":1}""")).Is(HttpStatusCode.OK);
        (await client.Put("/v1/rate-cards/old", (await client.Get("/v1/rate-cards/old")).Text)).Is(HttpStatusCode.OK);

        (await client.Delete("/v1/rate-cards/old/retirement")).Is(HttpStatusCode.OK);
        (await client.Put($"/v1/customers/{late}/subscription", """{"rateCard":"old"}""")).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_published_version_never_changes_and_the_next_draft_stands_beside_it()
    {
        using var client = api.Operator();
        (await client.Put("/v1/rate-cards/versions", Card($$"""{"key":"a","meter":"tokens",{{PerUnit}}}"""))).Is(HttpStatusCode.Created);
        var first = (await client.Post("/v1/rate-cards/versions/publish", "{}")).Is(HttpStatusCode.Created);
        Assert.Equal("no_draft", (await client.Post("/v1/rate-cards/versions/publish")).Is(HttpStatusCode.Conflict).Code);

        (await client.Put("/v1/rate-cards/versions", Card($$"""{"key":"b","meter":"calls",{{PerUnit}}}"""))).Is(HttpStatusCode.OK);

        Assert.Equal(first.Text, (await client.Get("/v1/rate-cards/versions/versions/1")).Is(HttpStatusCode.OK).Text);
        var card = (await client.Get("/v1/rate-cards/versions")).Json;
        Assert.True(card.GetProperty("isDraft").GetBoolean());
        Assert.Equal("b", card.GetProperty("prices")[0].GetProperty("key").GetString());
        (await client.Get("/v1/rate-cards/versions/versions/2")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_later_version_takes_effect_neither_in_the_past_nor_before_the_one_before_it()
    {
        using var client = api.Operator();
        var draft = Card($$"""{"key":"a","meter":"tokens",{{PerUnit}}}""");
        await client.Put("/v1/rate-cards/effective", draft);
        (await client.Post("/v1/rate-cards/effective/publish")).Is(HttpStatusCode.Created);
        await client.Put("/v1/rate-cards/effective", draft);
        var now = api.Clock.GetUtcNow();

        Assert.Equal(["effectiveFrom"], (await Publish(now.AddSeconds(-10))).Is(HttpStatusCode.UnprocessableEntity).Paths);
        (await Publish(now.AddDays(10))).Is(HttpStatusCode.Created);
        await client.Put("/v1/rate-cards/effective", draft);
        Assert.Equal(["effectiveFrom"], (await Publish(now.AddDays(9))).Is(HttpStatusCode.UnprocessableEntity).Paths);

        Task<Answer> Publish(DateTimeOffset from) => client.Post("/v1/rate-cards/effective/publish", $$"""{"effectiveFrom":"{{Instants.Format(from)}}"}""");
    }

    [Fact]
    public async Task Currency_and_interval_stay_once_a_card_is_published()
    {
        using var client = api.Operator();
        var prices = $$"""{"key":"a","meter":"tokens",{{PerUnit}}}""";
        await client.Put("/v1/rate-cards/kept", Card(prices));
        await client.Post("/v1/rate-cards/kept/publish");

        var answer = await client.Put("/v1/rate-cards/kept", $$"""{"name":"n","currency":"EUR","interval":"year","prices":[{{prices}}]}""");

        Assert.Equal(["currency", "interval"], answer.Is(HttpStatusCode.UnprocessableEntity).Paths);
    }

    private static string Card(string prices) => $$"""{"name":"Card","currency":"USD","prices":[{{prices}}]}""";
}
