using System.Globalization;
using System.Net;
using System.Text.Json;
using Xunit.Abstractions;

namespace Portal.Api.Tests.Limits;

/// <summary>T-21 without reservations: 64 callers ask for access and then use a dollar, all at once. The overshoot is logged; the bill has none of it.</summary>
public sealed class OvershootTests(LimitsApi system, ITestOutputHelper output) : IClassFixture<LimitsApi>
{
    [Theory]
    [InlineData("hard", 300, 300)]
    [InlineData("soft", 300, 330)]
    public async Task However_many_callers_run_at_once_no_more_than_the_bound_is_billed(string kind, int cap, int bound)
    {
        var customer = await system.Customer();
        await system.Operator.Put($"/v1/customers/{customer}/limit", string.Create(CultureInfo.InvariantCulture, $$"""{"amount":"{{cap}}","kind":"{{kind}}"}"""));
        var (used, refused) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, 64).Select(async _ =>
        {
            using var caller = system.Api.Operator();
            while ((await caller.Get($"/v1/customers/{customer}/access")).Is(HttpStatusCode.OK).Json.GetProperty("allowed").GetBoolean())
            {
                var n = Interlocked.Increment(ref used);
                var body = string.Create(CultureInfo.InvariantCulture, $$$"""{"id":"race{{{n}}}","customer":"{{{customer}}}","type":"llm","properties":{"tokens":1,"model":"small"}}""");
                (await caller.Post("/v1/events", body)).Is(HttpStatusCode.OK);
            }

            Interlocked.Increment(ref refused);
        }));

        var spend = (await system.Operator.Get($"/v1/customers/{customer}/spend")).Is(HttpStatusCode.OK).Json;
        var (limited, notBilled) = (Number(spend.GetProperty("limit").GetProperty("used")), -Number(spend.GetProperty("notBilled")));
        output.WriteLine($"{kind} cap of ${cap}: ${limited} used, ${limited - bound} above the bound, ${limited - notBilled} billed");
        Assert.Equal((64, used, bound), (refused, (int)limited, (int)(limited - notBilled)));
    }

    private static decimal Number(JsonElement text) => decimal.Parse(text.GetString()!, CultureInfo.InvariantCulture);
}
