using System.Globalization;
using System.Net;
using System.Text.Json;
using Portal.Api.Tests.Limits;

namespace Portal.Api.Tests.Invoicing;

public sealed class SpendTests(LimitsApi system) : IClassFixture<LimitsApi>
{
    [Fact]
    public async Task Spend_has_each_price_with_its_usage_and_adds_up()
    {
        var customer = await system.Customer();
        await system.Operator.Put($"/v1/customers/{customer}/limit", """{"amount":"10","kind":"soft","softPercent":"0"}""");
        await system.Use(customer, "4", model: "large");
        await system.Use(customer, "20.25");
        var spend = (await system.Operator.Get($"/v1/customers/{customer}/spend")).Is(HttpStatusCode.OK).Json;

        Assert.Equal(
            [
                "period", "currency", "lines", "notBilled", "subtotal", "discounts", "discountDetails", "trial", "credits", "tax", "total", "prepaid", "asOf", "limit", "forecast",
            ],
            spend.EnumerateObject().Select(field => field.Name));
        Assert.Equal("""{"start":"2026-02-01T00:00:00Z","end":"2026-03-01T00:00:00Z"}""", spend.GetProperty("period").GetRawText());
        Assert.Equal(
            [
                """{"price":"large","description":"Large","meter":"tokens","group":{"model":"large"},"quantity":"4","included":"1","amount":"6.02","exact":"6.015","billed":"0.00","trial":"0.00"}""",
                """{"price":"tokens","description":"Tokens","meter":"tokens","group":{},"quantity":"20.25","included":"0","amount":"20.25","exact":"20.25","billed":"0.00","trial":"0.00"}""",
                """{"price":"fee","description":"Platform fee","meter":null,"group":{},"quantity":"1","included":"0","amount":"7.50","exact":"7.5","billed":"0.00","trial":"0.00"}""",
            ],
            spend.GetProperty("lines").EnumerateArray().Select(line => line.GetRawText()));
        Assert.Equal(("-16.27", "17.50", "17.50"), (Text("notBilled"), Text("subtotal"), Text("total")));
        Assert.Equal(("0.00", "0.00", "0.00"), (Text("credits"), Text("tax"), Text("prepaid")));
        Assert.Equal(Decimal("subtotal"), spend.GetProperty("lines").EnumerateArray().Sum(line => decimal.Parse(line.GetProperty("amount").GetString()!, CultureInfo.InvariantCulture)) + Decimal("notBilled"));
        Assert.Equal("""{"amount":"10","kind":"soft","used":"26.27","percent":"262.7"}""", spend.GetProperty("limit").GetRawText());

        string? Text(string field) => spend.GetProperty(field).GetString();
        decimal Decimal(string field) => decimal.Parse(Text(field)!, CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Without_a_cap_the_limit_is_null_and_without_a_week_of_usage_there_is_no_forecast()
    {
        var customer = await system.Customer();
        await system.Use(customer, "1");
        var spend = (await system.Operator.Get($"/v1/customers/{customer}/spend")).Is(HttpStatusCode.OK).Json;

        Assert.Equal(JsonValueKind.Null, spend.GetProperty("limit").ValueKind);
        Assert.Equal("""{"unavailable":"Forecast starts after a week of usage."}""", spend.GetProperty("forecast").GetRawText());
    }

    [Fact]
    public async Task Without_a_subscription_there_is_no_spend_and_the_answer_says_what_to_do()
    {
        var customer = await system.Api.MakeCustomer();
        var answer = (await system.Operator.Get($"/v1/customers/{customer}/spend")).Is(HttpStatusCode.NotFound);
        Assert.Equal("no_subscription", answer.Code);
    }

    [Fact]
    public async Task A_customers_key_sees_its_own_spend_alone()
    {
        var (customer, other) = (await system.Customer(), await system.Customer());
        using var own = system.Api.With(await system.Api.MakeKey(customer, "usage:read"));
        (await own.Get($"/v1/customers/{customer}/spend")).Is(HttpStatusCode.OK);
        (await own.Get($"/v1/customers/{other}/spend")).Is(HttpStatusCode.NotFound);
        using var without = system.Api.With(await system.Api.MakeKey(customer, "access:read"));
        (await without.Get($"/v1/customers/{customer}/spend")).Is(HttpStatusCode.Forbidden);
    }
}
