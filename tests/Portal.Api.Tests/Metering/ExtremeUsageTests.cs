using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Portal.Domain.Accounts;
using Portal.Domain.Limits;
using Portal.Domain.Metering;
using static Portal.Api.Tests.Metering.MeteringApi;

namespace Portal.Api.Tests.Metering;

/// <summary>T-42: usage below zero, and beyond what a decimal holds, is read, rated, proved and counted anew like any other, and holds up nobody else's.</summary>
public sealed class ExtremeUsageTests(MeteringApi metering) : IClassFixture<MeteringApi>
{
    private const string Most = "999999999999999.999999999999";

    [Fact]
    public async Task T42_sums_beyond_a_decimal_hold_up_nobody()
    {
        var (customer, other) = (await Subscribed(), await Subscribed());
        for (var request = 0; request < 3; request++)
        {
            (await metering.Post($"[{string.Join(',', Enumerable.Range(0, 100).Select(n => Event(customer, $"e{request}-{n}", Most)))}]")).Is(HttpStatusCode.OK);
        }

        (await metering.Post(Event(other, "a", "7"))).Is(HttpStatusCode.OK);
        using var client = metering.Api.Operator();
        Assert.StartsWith("2999999999999999", await Tokens(customer), StringComparison.Ordinal);
        Assert.Equal("1000000000300000.00", (await Spend(customer)).GetProperty("total").GetString());
        Assert.Equal("7.70", (await Spend(other)).GetProperty("total").GetString());
        (await client.Get($"/v1/customers/{customer}/access")).Is(HttpStatusCode.OK);
        (await client.Get($"/v1/customers/{customer}/events?line=each")).Is(HttpStatusCode.OK);
        Assert.Empty((await metering.Api.Services.GetRequiredService<SpikeWatch>().Run(CancellationToken.None)).Failures);
        await IsProvedAndCountedAnew(customer);
        Assert.DoesNotContain("OverflowException", metering.Api.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task T42_usage_that_ends_below_zero_is_shown_rates_as_nothing_and_is_proved()
    {
        var customer = await Subscribed();
        (await metering.Post($"[{Event(customer, "a", "5")},{Event(customer, "b", "-12.5")},{Event(customer, "c", "0")}]")).Is(HttpStatusCode.OK);
        using var client = metering.Api.Operator();
        Assert.Equal("-7.5", await Tokens(customer));
        var line = (await Spend(customer)).GetProperty("lines").EnumerateArray().Single(line => line.GetProperty("price").GetString() == "units");
        Assert.Equal(("-7.5", "0.00"), (line.GetProperty("quantity").GetString(), line.GetProperty("amount").GetString()));
        await IsProvedAndCountedAnew(customer);

        (await client.Post("/v1/events/void", $$"""{"customer":"{{customer}}","id":"b"}""")).Is(HttpStatusCode.OK);
        Assert.Equal("5", await Tokens(customer));
        await IsProvedAndCountedAnew(customer);
    }

    private async Task<string> Subscribed()
    {
        using var client = metering.Api.Operator();
        await client.Put("/v1/meters/each", """{"name":"Each","eventType":"llm","aggregation":"sum","value":"tokens"}""");
        await client.Put("/v1/rate-cards/extreme", """
            {"name":"Extreme","currency":"USD","interval":"month","prices":[
                {"key":"units","name":"Units","meter":"tokens","rate":{"model":"per_unit","amount":"1"}},
                {"key":"each","name":"Each","meter":"each","rate":{"model":"percentage","percent":"10","maxPerEvent":"1000","freeAmount":"0"}}]}
            """);
        await client.Post("/v1/rate-cards/extreme/publish", "{}");
        var customer = await metering.Api.MakeCustomer();
        (await client.Put($"/v1/customers/{customer}/subscription", """{"rateCard":"extreme"}""")).Is(HttpStatusCode.Created);
        return customer;
    }

    private async Task<System.Text.Json.JsonElement> Spend(string customer)
    {
        using var client = metering.Api.Operator();
        return (await client.Get($"/v1/customers/{customer}/spend")).Is(HttpStatusCode.OK).Json;
    }

    private async Task<string> Tokens(string customer)
    {
        using var client = metering.Api.Operator();
        return (await client.Get($"/v1/customers/{customer}/usage?meter=tokens")).Is(HttpStatusCode.OK).Json.GetProperty("items")[0].GetProperty("quantity").GetString()!;
    }

    private async Task IsProvedAndCountedAnew(string customer)
    {
        var services = metering.Api.Services;
        Assert.Empty((await services.GetRequiredService<BucketProofRun>().Run(new Random(1), CancellationToken.None)).Failures);
        await services.GetRequiredService<RecountWriter>().Rebuild(Actor.System, customer, CancellationToken.None);
        Assert.Empty((await services.GetRequiredService<RecountRun>().Run(CancellationToken.None)).Failures);
        Assert.Equal(0, (await services.GetRequiredService<RecountReader>().Rebuild(Actor.System, customer, CancellationToken.None))!.Differences);
        Assert.Empty((await services.GetRequiredService<BucketProofRun>().Run(new Random(2), CancellationToken.None)).Failures);
    }
}
