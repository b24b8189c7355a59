using System.Net;
using System.Text;
using System.Text.Json;

namespace Portal.Api.Tests;

/// <summary>Sends JSON and reads the answer whole, as a caller of the API does.</summary>
public static class Answers
{
    /// <summary>Sends a request with a JSON body, or none.</summary>
    public static async Task<Answer> Send(this HttpClient client, HttpMethod method, string address, string? json = null, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, address);
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        using var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var isReplayed = response.Headers.TryGetValues("Idempotent-Replayed", out var replayed) && replayed.Single() == "true";
        return new Answer(response.StatusCode, text, response.Content.Headers.ContentType?.MediaType, isReplayed);
    }

    /// <summary>GET.</summary>
    public static Task<Answer> Get(this HttpClient client, string address) => client.Send(HttpMethod.Get, address);

    /// <summary>PUT.</summary>
    public static Task<Answer> Put(this HttpClient client, string address, string json) => client.Send(HttpMethod.Put, address, json);

    /// <summary>POST.</summary>
    public static Task<Answer> Post(this HttpClient client, string address, string? json = null, string? idempotencyKey = null) =>
        client.Send(HttpMethod.Post, address, json, idempotencyKey);

    /// <summary>DELETE.</summary>
    public static Task<Answer> Delete(this HttpClient client, string address) => client.Send(HttpMethod.Delete, address);
}

/// <summary>An answer of the API.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Text">The body as it came.</param>
/// <param name="Type">Its media type.</param>
/// <param name="IsReplayed">Whether it says that it repeats an earlier one.</param>
public sealed record Answer(HttpStatusCode Status, string Text, string? Type, bool IsReplayed)
{
    /// <summary>The body as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    /// <summary>The <c>code</c> of a problem.</summary>
    public string? Code => Json.GetProperty("code").GetString();

    /// <summary>The paths of the fields at fault, in order.</summary>
    public IReadOnlyList<string> Paths => [.. Json.GetProperty("errors").EnumerateObject().Select(error => error.Name)];

    /// <summary>Fails the test, with the body, where the answer has another status.</summary>
    public Answer Is(HttpStatusCode status)
    {
        Assert.True(Status == status, $"Expected {status}, got {Status}: {Text}");
        return this;
    }
}
