using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Portal.Domain.Payments;
using Portal.Domain.Storage;

namespace Portal.Api.Payments.Stripe;

/// <summary>Speaks to Stripe over HTTPS. An answer that says for good what became of the question is returned; everything else is no answer.</summary>
public sealed class StripeClient : IDisposable
{
    // Pinned, so that an answer's shape does not change with the account's settings.
    private const string Version = "2024-06-20";

    private readonly HttpClient _client;

    /// <summary>Makes the client.</summary>
    public StripeClient(PortalOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var stripe = options.Payments.Stripe;
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            BaseAddress = new Uri(stripe.Url),
            Timeout = TimeSpan.FromSeconds(stripe.TimeoutSeconds),
        };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", stripe.SecretKey);
        _client.DefaultRequestHeaders.Add("Stripe-Version", Version);
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("Portal", "1"));
    }

    /// <summary>Asks for something to be done.</summary>
    /// <param name="path">"/v1/payment_intents".</param>
    /// <param name="fields">What is asked for.</param>
    /// <param name="idempotencyKey">Makes it one, however often it is asked for; null where twice does no harm.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="GatewayException">Where no answer came that says what became of it.</exception>
    public async Task<StripeAnswer> Post(string path, IEnumerable<KeyValuePair<string, string>> fields, string? idempotencyKey, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(fields) };
        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        return await Send(request, cancellation);
    }

    /// <summary>Asks how something is.</summary>
    /// <exception cref="GatewayException">Where no answer came that says it.</exception>
    public async Task<StripeAnswer> Get(string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await Send(request, cancellation);
    }

    /// <inheritdoc />
    public void Dispose() => _client.Dispose();

    private async Task<StripeAnswer> Send(HttpRequestMessage request, CancellationToken cancellation)
    {
        try
        {
            using var response = await _client.SendAsync(request, cancellation);
            var answer = new StripeAnswer(response.StatusCode, JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsByteArrayAsync(cancellation)));

            // A key that is in use, or was used for something else, says nothing of what became of the first; a key of the account that does
            // not hold, a rate limit and an error of Stripe's are not about the card. All of them are asked again.
            return answer.Status is HttpStatusCode.OK or HttpStatusCode.PaymentRequired or HttpStatusCode.BadRequest or HttpStatusCode.NotFound && answer.ErrorType != "idempotency_error"
                ? answer
                : throw new GatewayException($"Stripe answered {(int)answer.Status}: {answer.ErrorMessage ?? answer.ErrorType ?? "no reason given"}");
        }
        catch (OperationCanceledException failure) when (!cancellation.IsCancellationRequested)
        {
            throw new GatewayException("Stripe did not answer in time.", failure);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or JsonException)
        {
            throw new GatewayException($"Stripe could not be talked to: {failure.Message}", failure);
        }
    }
}

/// <summary>What Stripe said.</summary>
/// <param name="Status">The HTTP status: 200, 400, 402 or 404.</param>
/// <param name="Body">The object, or the error.</param>
public sealed record StripeAnswer(HttpStatusCode Status, JsonElement Body)
{
    /// <summary>Whether the body is the object that was asked for.</summary>
    public bool IsGood => Status == HttpStatusCode.OK;

    /// <summary>The kind of error: <c>card_error</c>; null for none.</summary>
    public string? ErrorType => Error.Text("type");

    /// <summary>What Stripe says of it; null for none.</summary>
    public string? ErrorMessage => Error.Text("message");

    /// <summary>The error; undefined for none.</summary>
    public JsonElement Error => Body.Part("error");
}

/// <summary>Reads Stripe's objects, of which any part may be missing or null.</summary>
internal static class StripeObject
{
    /// <summary>A part; undefined where it is missing or null.</summary>
    public static JsonElement Part(this JsonElement whole, string name) =>
        whole.ValueKind == JsonValueKind.Object && whole.TryGetProperty(name, out var part) && part.ValueKind != JsonValueKind.Null ? part : default;

    /// <summary>A text; null where it is missing, null, or something else.</summary>
    public static string? Text(this JsonElement whole, string name) => whole.Part(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>A whole number; null where it is missing, null, or something else.</summary>
    public static int? Whole(this JsonElement whole, string name) => whole.Part(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value) ? value : null;
}
