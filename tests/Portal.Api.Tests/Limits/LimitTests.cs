using System.Net;

namespace Portal.Api.Tests.Limits;

public sealed class LimitTests(LimitsApi system) : IClassFixture<LimitsApi>
{
    [Fact]
    public async Task A_cap_reads_as_it_was_set_and_what_was_read_can_be_set_again()
    {
        var customer = await system.Customer();
        (await system.Operator.Get($"/v1/customers/{customer}/limit")).Is(HttpStatusCode.NotFound);
        var set = (await system.Operator.Put($"/v1/customers/{customer}/limit", """{"amount":"100.50","kind":"soft","softPercent":20,"alerts":["120",50],"enforced":true}""")).Is(HttpStatusCode.OK);
        var read = (await system.Operator.Get($"/v1/customers/{customer}/limit")).Is(HttpStatusCode.OK);

        Assert.Equal("""{"amount":"100.5","kind":"soft","softPercent":"20","alerts":[50,120],"enforced":true,"forecastAlert":false}""", read.Text);
        Assert.Equal("stays_open", set.Json.GetProperty("effect").GetString());
        (await system.Operator.Put($"/v1/customers/{customer}/limit", read.Text)).Is(HttpStatusCode.OK);
        (await system.Operator.Put($"/v1/customers/{customer}/limit", set.Text)).Is(HttpStatusCode.OK);
        (await system.Operator.Delete($"/v1/customers/{customer}/limit")).Is(HttpStatusCode.NoContent);
        (await system.Operator.Delete($"/v1/customers/{customer}/limit")).Is(HttpStatusCode.NoContent);
        Assert.Equal("no_limit", (await system.Operator.Get($"/v1/customers/{customer}/limit")).Is(HttpStatusCode.NotFound).Code);
    }

    [Fact]
    public async Task What_is_left_out_is_the_usual()
    {
        var customer = await system.Customer();
        await system.Operator.Put($"/v1/customers/{customer}/limit", """{"amount":42}""");
        Assert.Equal("""{"amount":"42","kind":"hard","softPercent":"10","alerts":[80,100],"enforced":true,"forecastAlert":false}""", (await system.Operator.Get($"/v1/customers/{customer}/limit")).Text);
    }

    [Theory]
    [InlineData("""{}""", "amount")]
    [InlineData("""{"amount":"1,5"}""", "amount")]
    [InlineData("""{"amount":"-1"}""", "amount")]
    [InlineData("""{"amount":"1e5"}""", "amount")]
    [InlineData("""{"amount":"100.005"}""", "amount")]
    [InlineData("""{"amount":"100","kind":"firm"}""", "kind")]
    [InlineData("""{"amount":"100","softPercent":"101"}""", "softPercent")]
    [InlineData("""{"amount":"100","alerts":80}""", "alerts")]
    [InlineData("""{"amount":"100","alerts":[80,"high"]}""", "alerts[1]")]
    [InlineData("""{"amount":"100","alerts":[80.5]}""", "alerts[0]")]
    [InlineData("""{"amount":"100","alerts":[1,2,3,4,5,6,7,8,9,10,11]}""", "alerts")]
    [InlineData("""{"amount":"100","enforced":"yes"}""", "enforced")]
    [InlineData("""{"amount":"100","ceiling":"1"}""", "ceiling")]
    [InlineData("""[]""", "")]
    public async Task What_makes_no_sense_is_refused_with_the_path_of_its_field(string body, string path)
    {
        var customer = await system.Customer();
        var answer = (await system.Operator.Put($"/v1/customers/{customer}/limit", body)).Is(HttpStatusCode.UnprocessableEntity);
        Assert.Equal([path], answer.Paths);
        (await system.Operator.Get($"/v1/customers/{customer}/limit")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_cap_below_what_is_used_says_that_it_blocks_and_a_raised_one_that_it_opens()
    {
        var customer = await system.Customer();
        await system.Use(customer, "150");
        await system.AccessWhen(customer, answer => answer.GetProperty("used").GetString() == "150");

        var lowered = (await system.Operator.Put($"/v1/customers/{customer}/limit", """{"amount":"100"}""")).Is(HttpStatusCode.OK).Json;
        Assert.Equal("blocks_now", lowered.GetProperty("effect").GetString());
        Assert.Equal("This blocks usage now: $150.00 is used, and usage stops at $100.00.", lowered.GetProperty("notice").GetString());
        Assert.Equal("limit_reached", (await system.Access(customer)).GetProperty("reason").GetString());

        var raised = (await system.Operator.Put($"/v1/customers/{customer}/limit", """{"amount":"200"}""")).Is(HttpStatusCode.OK).Json;
        Assert.Equal("opens", raised.GetProperty("effect").GetString());
        Assert.EndsWith("The $50.00 above the old limit stays unbilled.", raised.GetProperty("notice").GetString(), StringComparison.Ordinal);
        Assert.True((await system.Access(customer)).GetProperty("allowed").GetBoolean());
    }

    [Fact]
    public async Task A_customers_key_sets_its_own_cap_but_not_the_protection_and_not_anothers()
    {
        var (customer, other) = (await system.Customer(), await system.Customer());
        using var client = system.Api.With(await system.Api.MakeKey(customer, "billing:write", "billing:read"));

        (await client.Put($"/v1/customers/{customer}/limit", """{"amount":"10"}""")).Is(HttpStatusCode.OK);
        (await client.Put($"/v1/customers/{customer}/limit", """{"amount":"10","enforced":true}""")).Is(HttpStatusCode.OK);
        (await client.Put($"/v1/customers/{customer}/limit", """{"amount":"10","enforced":false}""")).Is(HttpStatusCode.Forbidden);
        (await client.Put($"/v1/customers/{other}/limit", """{"amount":"10"}""")).Is(HttpStatusCode.NotFound);
        (await client.Delete($"/v1/customers/{other}/limit")).Is(HttpStatusCode.NotFound);
        (await client.Get($"/v1/customers/{other}/limit")).Is(HttpStatusCode.NotFound);
        (await client.Post($"/v1/customers/{other}/pause")).Is(HttpStatusCode.NotFound);
        (await client.Post($"/v1/customers/{other}/resume")).Is(HttpStatusCode.NotFound);

        using var reader = system.Api.With(await system.Api.MakeKey(customer, "billing:read"));
        (await reader.Put($"/v1/customers/{customer}/limit", """{"amount":"10"}""")).Is(HttpStatusCode.Forbidden);
        (await reader.Delete($"/v1/customers/{customer}/limit")).Is(HttpStatusCode.Forbidden);
        (await reader.Post($"/v1/customers/{customer}/pause")).Is(HttpStatusCode.Forbidden);
        (await reader.Get($"/v1/customers/{customer}/limit")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Each_side_pauses_and_resumes_what_is_its_own()
    {
        var customer = await system.Customer();
        using var client = system.Api.With(await system.Api.MakeKey(customer, "billing:write", "access:read"));

        (await client.Post($"/v1/customers/{customer}/pause")).Is(HttpStatusCode.OK);
        Assert.Equal("paused_by_customer", (await system.Access(customer)).GetProperty("reason").GetString());
        var paused = (await system.Operator.Post($"/v1/customers/{customer}/pause", """{"reason":"Under review."}""")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(["operator", "customer"], paused.GetProperty("pauses").EnumerateArray().Select(pause => pause.GetProperty("cause").GetString()));
        Assert.Equal("paused_by_operator", (await system.Access(customer)).GetProperty("reason").GetString());

        Assert.True((await client.Post($"/v1/customers/{customer}/resume")).Is(HttpStatusCode.OK).Json.GetProperty("paused").GetBoolean());
        (await client.Post($"/v1/customers/{customer}/resume")).Is(HttpStatusCode.Forbidden);
        Assert.False((await system.Operator.Post($"/v1/customers/{customer}/resume")).Is(HttpStatusCode.OK).Json.GetProperty("paused").GetBoolean());
        Assert.True((await system.Access(customer)).GetProperty("allowed").GetBoolean());
        (await system.Operator.Post($"/v1/customers/{customer}/pause", """{"because":"x"}""")).Is(HttpStatusCode.UnprocessableEntity);
    }
}
