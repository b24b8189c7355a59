using System.Net.Http.Headers;
using System.Text;

namespace Portal.Benchmarks;

/// <summary>Gives a customer a card with five prices on each meter, over the API as anybody would.</summary>
internal static class PricedCustomer
{
    public static readonly string[] Models = ["gpt-4o", "gpt-4o-mini", "claude-sonnet", "claude-haiku", "mistral-large"];

    public static async Task Make(int port, string customer, string? limit = null)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", BenchmarkSystem.ApiKey);
        var prices = from meter in new[] { "input", "output" }
                     from model in Models
                     select $$$$"""{"key":"{{{{meter}}}}-{{{{model}}}}","name":"{{{{model}}}}","meter":"{{{{meter}}}}","match":{"model":"{{{{model}}}}"},"rate":{"model":"per_unit","amount":"0.5","per":"1000000"}}""";
        await Send(HttpMethod.Put, "/v1/rate-cards/bench", $$"""{"name":"Bench","currency":"USD","interval":"month","prices":[{{string.Join(',', prices)}}]}""");
        await Send(HttpMethod.Post, "/v1/rate-cards/bench/publish", "{}");
        await Send(HttpMethod.Put, $"/v1/customers/{customer}/subscription", $$"""{"rateCard":"bench","startsAt":"{{TimeProvider.System.GetUtcNow().AddDays(-30):yyyy-MM-dd}}T00:00:00Z","anchorDay":1}""");
        if (limit is not null)
        {
            await Send(HttpMethod.Put, $"/v1/customers/{customer}/limit", $$"""{"amount":"{{limit}}"}""");
        }

        async Task Send(HttpMethod method, string path, string body)
        {
            using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            using var answer = await client.SendAsync(request);
            if (!answer.IsSuccessStatusCode)
            {
                throw new InvalidOperationException($"{path} was answered: {await answer.Content.ReadAsStringAsync()}");
            }
        }
    }
}
