using System.Net;
using System.Text.Json;
using Portal.Api.Tests.Limits;

namespace Portal.Api.Tests.Catalog;

public sealed class SimulationApiTests(LimitsApi system) : IClassFixture<LimitsApi>
{
    [Fact]
    public async Task A_draft_is_simulated_on_real_usage_customer_by_customer()
    {
        var customer = await system.Customer();
        await system.Use(customer, "10");
        await system.Operator.Put("/v1/rate-cards/dearer", """
            {"name":"Dearer","currency":"USD","prices":[{"key":"tokens","meter":"tokens","rate":{"model":"per_unit","amount":"1.50"}},
            {"key":"fee","recurring":"arrears","rate":{"model":"flat","amount":"7.50"}}]}
            """);

        var answer = (await system.Operator.Post("/v1/rate-cards/dearer/simulate", $$"""{"months":1,"customers":["{{customer}}"]}""")).Is(HttpStatusCode.OK).Json;

        Assert.Equal(
            ["rateCard", "isDraft", "months", "from", "asOf", "customers", "skipped", "totals", "histogram"], answer.EnumerateObject().Select(field => field.Name));
        var one = Assert.Single(answer.GetProperty("customers").EnumerateArray());
        Assert.Equal((customer, "17.50", "22.50", "5.00", "28.57"), (Text(one, "customer"), Text(one, "was"), Text(one, "wouldBe"), Text(one, "delta"), Text(one, "percent")));
        Assert.Equal(
            """[{"start":"2026-02-01T00:00:00Z","end":"2026-03-01T00:00:00Z","running":true,"was":"17.50","wouldBe":"22.50"}]""", one.GetProperty("periods").GetRawText());
        Assert.Equal(
            """{"currency":"USD","customers":1,"was":"17.50","wouldBe":"22.50","delta":"5.00","percent":"28.57","payMore":1,"payLess":0,"unchanged":0}""",
            Assert.Single(answer.GetProperty("totals").EnumerateArray()).GetRawText());
        Assert.Equal(1, answer.GetProperty("histogram").EnumerateArray().Single(bucket => Text(bucket, "from") == "20").GetProperty("customers").GetInt32());
        Assert.Equal(9, answer.GetProperty("histogram").GetArrayLength());
    }

    [Fact]
    public async Task Without_customers_it_is_those_on_the_card_and_all_means_everyone()
    {
        var customer = await system.Customer();
        await system.Operator.Put("/v1/rate-cards/nobodys", """{"name":"Nobody's","currency":"USD","prices":[]}""");

        Assert.Empty((await system.Operator.Post("/v1/rate-cards/nobodys/simulate")).Is(HttpStatusCode.OK).Json.GetProperty("customers").EnumerateArray());
        var all = (await system.Operator.Post("/v1/rate-cards/nobodys/simulate", """{"customers":"all","running":true}""")).Is(HttpStatusCode.OK).Json;
        Assert.Contains(all.GetProperty("customers").EnumerateArray().Concat(all.GetProperty("skipped").EnumerateArray()), one => Text(one, "customer") == customer);
    }

    [Theory]
    [InlineData("""{"months":13}""", "months")]
    [InlineData("""{"months":"1.5"}""", "months")]
    [InlineData("""{"customers":["nobody-there"]}""", "customers[0]")]
    [InlineData("""{"customers":"some"}""", "customers")]
    [InlineData("""{"month":1}""", "month")]
    public async Task A_question_that_makes_no_sense_is_refused_with_its_field(string body, string path)
    {
        await system.Operator.Put("/v1/rate-cards/asked", """{"name":"Asked","currency":"USD","prices":[]}""");
        var refused = (await system.Operator.Post("/v1/rate-cards/asked/simulate", body)).Is(HttpStatusCode.UnprocessableEntity);
        Assert.True(refused.Json.GetProperty("errors").TryGetProperty(path, out _), refused.Text);
    }

    private static string? Text(JsonElement element, string field) => element.GetProperty(field).GetString();
}
