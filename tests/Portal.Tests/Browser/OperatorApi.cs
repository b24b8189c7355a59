using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Portal.Tests.Browser;

/// <summary>The HTTP API as the operator's own machines use it; every answer that is no success fails the test with what it said.</summary>
public sealed class OperatorApi
{
    /// <summary>The first administrator's address.</summary>
    public const string AdminEmail = "ada@operator.example";

    /// <summary>Everybody's password.</summary>
    public const string Password = "Portal-test-1";

    /// <summary>The operator's first key.</summary>
    public const string Key = "sk_browser_tests_key";

    private static readonly HttpClient s_http = new();

    private readonly Uri _address;

    internal OperatorApi(Uri address) => _address = address;

    /// <summary>GET.</summary>
    public Task<JsonNode> Get(string path) => Send(HttpMethod.Get, path, null);

    /// <summary>PUT with a body written as JSON.</summary>
    public Task<JsonNode> Put(string path, string json) => Send(HttpMethod.Put, path, json);

    /// <summary>POST with a body written as JSON.</summary>
    public Task<JsonNode> Post(string path, string json) => Send(HttpMethod.Post, path, json);

    /// <summary>Sends events and returns when they are acknowledged.</summary>
    public Task<JsonNode> Events(params object[] events) => Post("/v1/events", JsonSerializer.Serialize(events, JsonSerializerOptions.Web));

    /// <summary>Moves the sandbox clock forward; what fell due on the way has run when it returns.</summary>
    public Task<JsonNode> MoveClock(DateTimeOffset to) => Post("/v1/sandbox/clock", JsonSerializer.Serialize(new { now = to }));

    private async Task<JsonNode> Send(HttpMethod method, string path, string? json)
    {
        using var request = new HttpRequestMessage(method, new Uri(_address, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        if (json is not null)
        {
            request.Content = new StringContent(json, new MediaTypeHeaderValue("application/json"));
        }

        using var response = await s_http.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path} was answered {(int)response.StatusCode}: {body}");
        return (body.Length == 0 ? null : JsonNode.Parse(body)) ?? new JsonObject();
    }
}
