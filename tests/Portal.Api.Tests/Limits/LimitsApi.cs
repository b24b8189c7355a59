using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Portal.Api.Tests.Limits;

/// <summary>The API with a card on which a token costs a dollar; the feature "api" includes 500 calls. The business clock starts on 5 February 2026.</summary>
public sealed class LimitsApi : IAsyncLifetime
{
    private int _sent;

    public LimitsApi() => Api.Settings["Portal:SandboxClock"] = "2026-02-05T10:00:00Z";

    public ApiApplication Api { get; } = new();

    public HttpClient Operator { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await Api.InitializeAsync();
        Operator = Api.Operator();
        (await Operator.Put("/v1/meters/tokens", """{"name":"Tokens","eventType":"llm","aggregation":"sum","value":"tokens","groupBy":["model"],"unit":"token"}""")).Is(HttpStatusCode.Created);
        (await Operator.Put("/v1/meters/calls", """{"name":"Calls","eventType":"llm","aggregation":"count","unit":"call"}""")).Is(HttpStatusCode.Created);
        (await Operator.Put("/v1/rate-cards/payg", """
            {"name":"Pay as you go","currency":"USD","interval":"month","prices":[
              {"key":"large","name":"Large","meter":"tokens","match":{"model":"large"},"included":"1","rate":{"model":"per_unit","amount":"2.005"}},
              {"key":"tokens","name":"Tokens","meter":"tokens","rate":{"model":"per_unit","amount":"1"}},
              {"key":"fee","name":"Platform fee","recurring":"arrears","rate":{"model":"flat","amount":"7.50"}}],
             "features":[{"key":"api","limit":"500","meter":"calls"},{"key":"chat"}]}
            """)).Is(HttpStatusCode.Created);
        Assert.True((int)(await Operator.Post("/v1/rate-cards/payg/publish", "{}")).Status < 300);
    }

    public Task DisposeAsync()
    {
        Operator.Dispose();
        return ((IAsyncLifetime)Api).DisposeAsync();
    }

    /// <summary>A customer on the card, since the first of February in UTC.</summary>
    public async Task<string> Customer()
    {
        var customer = await Api.MakeCustomer();
        Assert.True((int)(await Operator.Put($"/v1/customers/{customer}/subscription", """{"rateCard":"payg","startsAt":"2026-02-01T00:00:00Z"}""")).Status < 300);
        return customer;
    }

    /// <summary>Uses tokens in one event.</summary>
    public async Task Use(string customer, string tokens, string model = "small")
    {
        var id = Interlocked.Increment(ref _sent).ToString(CultureInfo.InvariantCulture);
        (await Operator.Post("/v1/events", $$$"""{"id":"e{{{id}}}","customer":"{{{customer}}}","type":"llm","properties":{"tokens":{{{tokens}}},"model":"{{{model}}}"}}""")).Is(HttpStatusCode.OK);
    }

    public async Task<JsonElement> Access(string customer, string query = "") => (await Operator.Get($"/v1/customers/{customer}/access{query}")).Is(HttpStatusCode.OK).Json;

    /// <summary>The access answer as soon as it is as the test expects; a minute is more than it may take.</summary>
    public async Task<JsonElement> AccessWhen(string customer, Func<JsonElement, bool> expected, string query = "")
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(20))
        {
            var answer = await Access(customer, query);
            if (expected(answer))
            {
                return answer;
            }

            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), answer.ToString());
        }
    }
}
