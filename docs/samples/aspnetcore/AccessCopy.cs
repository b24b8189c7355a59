using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Portal.Samples;

/// <summary>Your own copy of who is refused, fed by Portal's stream of server-sent events: a check is a look into memory, and right within a second.</summary>
/// <remarks>Copy this file and AccessMiddleware.cs into your service. The client needs Portal's address as its base, and a key with the scope access:read.</remarks>
/// <param name="portal">Sends requests to Portal.</param>
/// <param name="log">Hears when the stream breaks off and comes back.</param>
public sealed class AccessCopy(HttpClient portal, ILogger<AccessCopy> log) : BackgroundService
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    // Portal sends a comment every 15 s: what is silent for longer is broken, whatever the connection says.
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _filled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ConcurrentDictionary<string, AccessEvent> _refused = new();

    /// <summary>Completes when the stream was open for the first time. Until then everybody is let through.</summary>
    public Task Filled => _filled.Task;

    /// <summary>Why a customer is refused now; null where it may go on. While the stream is broken the last answers hold.</summary>
    /// <param name="customer">The customer's key in Portal.</param>
    /// <param name="feature">The feature that is used; null for none in particular.</param>
    /// <param name="apiKey">The value of <c>api_key</c> in the events of this caller, where your customers limit their keys; null for none.</param>
    public AccessEvent? Refusal(string customer, string? feature = null, string? apiKey = null) =>
        Find(customer, null, null)
        ?? (feature is null ? null : Find(customer, feature, null))
        ?? (apiKey is null ? null : Find(customer, null, apiKey) ?? (feature is null ? null : Find(customer, feature, apiKey)));

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Follow(stoppingToken);
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or JsonException or TimeoutException or OperationCanceledException)
            {
                if (!stoppingToken.IsCancellationRequested)
                {
                    log.LogWarning("Portal's stream broke off, and is opened again: {Reason}", failure.Message);
                    await Task.Delay(s_pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }
    }

    private async Task Follow(CancellationToken cancellation)
    {
        // The snapshot begins with everybody who is refused now, so nothing that changed meanwhile is missed.
        using var answer = await portal.GetAsync("v1/access/stream?snapshot=true", HttpCompletionOption.ResponseHeadersRead, cancellation);
        answer.EnsureSuccessStatusCode();
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
        _refused = new ConcurrentDictionary<string, AccessEvent>();
        _filled.TrySetResult();
        while (await lines.ReadLineAsync(cancellation).AsTask().WaitAsync(s_silence, cancellation) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal) && JsonSerializer.Deserialize<AccessEvent>(line["data: ".Length..], s_json) is { } told)
            {
                Take(told);
            }
        }
    }

    private void Take(AccessEvent told)
    {
        // A limit on a meter alone is told for the features that it counts, too.
        if (told.Meter is not null || told.Match?.Keys.Any(property => property != "api_key") == true)
        {
            return;
        }

        var key = KeyOf(told.Customer, told.Feature, told.Match?.GetValueOrDefault("api_key"));
        if (told.Allowed)
        {
            _refused.TryRemove(key, out _);
        }
        else
        {
            _refused[key] = told;
        }
    }

    private AccessEvent? Find(string customer, string? feature, string? apiKey) => _refused.GetValueOrDefault(KeyOf(customer, feature, apiKey));

    private static string KeyOf(string customer, string? feature, string? apiKey) => $"{customer}\n{feature}\n{apiKey}";
}

/// <summary>An answer as the stream tells it. Decimals are strings.</summary>
/// <param name="Customer">The customer's key.</param>
/// <param name="Feature">The feature; null for access in general.</param>
/// <param name="Meter">The meter of a limit; null for none.</param>
/// <param name="Match">The group of a limit, such as an API key; null for all.</param>
/// <param name="Allowed">Whether the customer may go on.</param>
/// <param name="Reason">Why not: limit_reached, payment_failed, paused_by_spike, …</param>
/// <param name="Limit">The limit that decides.</param>
/// <param name="Used">What is used of it.</param>
/// <param name="ResetsAt">When it counts from zero again.</param>
/// <param name="PortalUrl">Where a person sees and changes it.</param>
public sealed record AccessEvent(
    string Customer, string? Feature, string? Meter, Dictionary<string, string>? Match, bool Allowed, string? Reason, string? Limit, string? Used,
    DateTimeOffset? ResetsAt, string PortalUrl);
