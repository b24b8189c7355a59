using System.Net;
using System.Text.Json;

namespace Portal.Api.Tests.Limits;

/// <summary>Limits on a meter, a feature or a group of usage, from outside: a token costs a dollar, and the card includes 500 calls.</summary>
public sealed class UsageLimitApiTests(LimitsApi system) : IClassFixture<LimitsApi>
{
    [Fact]
    public async Task A_limit_reads_as_it_was_set_with_what_is_used_and_what_was_read_can_be_set_again()
    {
        var customer = await system.Customer();
        await system.Use(customer, "3");
        var made = (await system.Operator.Put($"/v1/customers/{customer}/limits/small-model", """
            {"meter":"tokens","match":{"model":"small"},"amount":"4","kind":"soft","softPercent":"50","alerts":[100,50]}
            """)).Is(HttpStatusCode.Created);
        var read = (await system.Operator.Get($"/v1/customers/{customer}/limits/small-model")).Is(HttpStatusCode.OK);

        Assert.Equal(made.Text, read.Text);
        Assert.StartsWith(
            """{"key":"small-model","meter":"tokens","feature":null,"match":{"model":"small"},"amount":"4","quantity":null,"kind":"soft","softPercent":"50","alerts":[50,100],"used":"3","remaining":"3","percent":"75","blocked":false,"notBilled":"0","resetsAt":"2026-03-01T""",
            read.Text, StringComparison.Ordinal);
        (await system.Operator.Put($"/v1/customers/{customer}/limits/small-model", read.Text)).Is(HttpStatusCode.OK);
        Assert.Single((await system.Operator.Get($"/v1/customers/{customer}/limits")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray());
        (await system.Operator.Delete($"/v1/customers/{customer}/limits/small-model")).Is(HttpStatusCode.NoContent);
        (await system.Operator.Get($"/v1/customers/{customer}/limits/small-model")).Is(HttpStatusCode.NotFound);
        (await system.Operator.Delete($"/v1/customers/{customer}/limits/small-model")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Access_is_refused_for_the_limited_group_alone_and_the_spend_shows_what_is_not_billed()
    {
        var customer = await system.Customer();
        await system.Use(customer, "30");
        await system.Use(customer, "2", "other");
        var set = (await system.Operator.Put($"/v1/customers/{customer}/limits/small", """{"match":{"model":"small"},"amount":"20"}""")).Is(HttpStatusCode.Created).Json;
        Assert.True(set.GetProperty("blocked").GetBoolean());

        var refused = await system.Access(customer, "?match.model=small");
        Assert.Equal(("limit_reached", "small", "20", "30"), (Text(refused, "reason"), Text(refused, "limitKey"), Text(refused, "limit"), Text(refused, "used")));
        Assert.True((await system.Access(customer, "?match.model=other")).GetProperty("allowed").GetBoolean());
        Assert.True((await system.Access(customer)).GetProperty("allowed").GetBoolean());
        var spend = (await system.Operator.Get($"/v1/customers/{customer}/spend")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("-10.00", "29.50"), (Text(spend, "notBilled"), Text(spend, "subtotal")));

        await system.Operator.Put($"/v1/customers/{customer}/limits/small", """{"match":{"model":"small"},"amount":"50"}""");
        Assert.True((await system.Access(customer, "?match.model=small")).GetProperty("allowed").GetBoolean());
    }

    [Fact]
    public async Task Reservations_hold_room_under_a_limit_of_a_group()
    {
        var customer = await system.Customer();
        await system.Operator.Put($"/v1/customers/{customer}/limits/key", """{"match":{"model":"small"},"amount":"10"}""");
        string Body(string model, string amount) => $$$"""{"customer":"{{{customer}}}","group":{"model":"{{{model}}}"},"amount":"{{{amount}}}"}""";

        (await system.Operator.Post("/v1/reservations", Body("small", "6"))).Is(HttpStatusCode.Created);
        Assert.Equal("limit_reached", Text((await system.Operator.Post("/v1/reservations", Body("small", "5"))).Is(HttpStatusCode.OK).Json, "reason"));
        (await system.Operator.Post("/v1/reservations", Body("other", "500"))).Is(HttpStatusCode.Created);
        (await system.Operator.Post("/v1/reservations", Body("small", "4"))).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Cards_with_limits_refuse_beyond_them()
    {
        (await system.Operator.Put("/v1/rate-cards/free", """{"name":"Free","currency":"USD","prices":[],"features":[{"key":"api","limit":"1000","meter":"calls"}]}""")).Is(HttpStatusCode.Created);
        (await system.Operator.Put("/v1/rate-cards/pro", """{"name":"Pro","currency":"USD","prices":[],"features":[{"key":"api","limit":"50000","meter":"calls"}]}""")).Is(HttpStatusCode.Created);
        await system.Operator.Post("/v1/rate-cards/free/publish", "{}");
        await system.Operator.Post("/v1/rate-cards/pro/publish", "{}");
        var customer = await system.Api.MakeCustomer();
        (await system.Operator.Put($"/v1/customers/{customer}/subscription", """{"rateCard":"free","startsAt":"2026-02-01T00:00:00Z"}""")).Is(HttpStatusCode.Created);
        var calls = string.Join(',', Enumerable.Range(0, 1_000).Select(n => $$$"""{"id":"call{{{n}}}","customer":"{{{customer}}}","type":"llm","properties":{"tokens":1,"model":"small"}}"""));
        (await system.Operator.Post("/v1/events", $"[{calls}]")).Is(HttpStatusCode.OK);

        await system.AccessWhen(customer, answer => (Text(answer, "reason"), Text(answer, "limit"), Text(answer, "used"), Text(answer, "remaining")) == ("limit_reached", "1000", "1000", "0"), "?feature=api");
        await system.Operator.Put($"/v1/customers/{customer}/subscription", """{"rateCard":"pro","change":"now"}""");
        await system.AccessWhen(customer, answer => (Text(answer, "reason"), Text(answer, "limit"), Text(answer, "remaining")) == (null, "50000", "49000"), "?feature=api");
    }

    [Theory]
    [InlineData("""{"meter":"tokens"}""", "amount")]
    [InlineData("""{"meter":"tokens","amount":"1","quantity":"1"}""", "amount")]
    [InlineData("""{"amount":"1"}""", "meter")]
    [InlineData("""{"meter":"tokens","amount":"1,5"}""", "amount")]
    [InlineData("""{"match":{"project":"x"},"amount":"1"}""", "match.project")]
    [InlineData("""{"meter":"tokens","amount":"1","ceiling":1}""", "ceiling")]
    public async Task What_makes_no_sense_is_refused_with_the_path_of_its_field(string body, string path)
    {
        var customer = await system.Customer();
        Assert.Contains(path, (await system.Operator.Put($"/v1/customers/{customer}/limits/odd", body)).Is(HttpStatusCode.UnprocessableEntity).Paths);
    }

    private static string? Text(JsonElement answer, string name) => answer.GetProperty(name).GetString();
}
