using System.Collections.Concurrent;

namespace Portal.Tests.Browser;

/// <summary>What browser tests begin with, made through the API as an operator would.</summary>
internal static class Given
{
    private static readonly ConcurrentDictionary<OperatorApi, Lazy<Task>> s_catalogs = new();

    /// <summary>The key of the rate card.</summary>
    internal const string Card = "browser";

    /// <summary>Meters and a published rate card: input tokens at $2.50 a million with a million free, images in two tiers.</summary>
    internal static Task Catalog(OperatorApi api) => s_catalogs.GetOrAdd(api, host => new Lazy<Task>(() => PutCatalog(host))).Value;

    /// <summary>A customer on that card, with an owner who can sign in.</summary>
    /// <param name="api">The operator's API.</param>
    /// <param name="key">The customer's key; its owner is <c>owner@KEY.example</c>.</param>
    /// <param name="name">The customer's name.</param>
    internal static async Task<string> Customer(OperatorApi api, string key, string name)
    {
        await Catalog(api);
        await api.Put($"/v1/customers/{key}", $$"""{"name":"{{name}}","email":"billing@{{key}}.example","currency":"USD","timeZone":"Europe/Berlin"}""");
        await api.Put($"/v1/customers/{key}/subscription", $$"""{"rateCard":"{{Card}}","anchorDay":1}""");
        return await Member(api, key, $"owner@{key}.example", "owner");
    }

    /// <summary>A person in a customer's team, who can sign in.</summary>
    internal static async Task<string> Member(OperatorApi api, string customer, string email, string role)
    {
        await api.Post($"/v1/customers/{customer}/members", $$"""{"email":"{{email}}","role":"{{role}}","password":"{{OperatorApi.Password}}"}""");
        return email;
    }

    /// <summary>An event that costs $2.50 for each million tokens.</summary>
    internal static object Tokens(string customer, string id, long tokens) =>
        new { id, customer, type = "llm.completion", properties = new { model = "atlas-large", input_tokens = tokens } };

    /// <summary>An event of one image.</summary>
    internal static object Image(string customer, string id) => new { id, customer, type = "image.generation", properties = new { size = "512" } };

    private static async Task PutCatalog(OperatorApi api)
    {
        await api.Put("/v1/meters/input-tokens", """{"name":"Input tokens","eventType":"llm.completion","aggregation":"sum","value":"input_tokens","groupBy":["model"],"unit":"token"}""");
        await api.Put("/v1/meters/requests", """{"name":"API calls","eventType":"llm.completion","aggregation":"count","unit":"call"}""");
        await api.Put("/v1/meters/images", """{"name":"Images","eventType":"image.generation","aggregation":"count","groupBy":["size"],"unit":"image"}""");
        await api.Put($"/v1/rate-cards/{Card}", """
            {"name":"Pay as you go","currency":"USD","interval":"month","prices":[
              {"key":"large-in","name":"Atlas Large, input","meter":"input-tokens","match":{"model":"atlas-large"},"included":"1000000","rate":{"model":"per_unit","amount":"2.50","per":"1000000"}},
              {"key":"mini-in","name":"Atlas Mini, input","meter":"input-tokens","match":{"model":"atlas-mini"},"rate":{"model":"per_unit","amount":"0.15","per":"1000000"}},
              {"key":"images","name":"Images","meter":"images","rate":{"model":"graduated","tiers":[{"upTo":"100","amount":"0.04"},{"upTo":null,"amount":"0.03"}]}}],
             "features":[{"key":"api","limit":"50000","meter":"requests"}],"billing":{"collection":"send","netDays":14}}
            """);
        await api.Post($"/v1/rate-cards/{Card}/publish", "{}");
    }
}
