using System.Security.Cryptography;
using System.Text;
using Portal.Domain.Storage;

namespace Portal.Api;

/// <summary>Lets every POST but those of events be repeated with the same <c>Idempotency-Key</c>: what it creates is created once.</summary>
public static class Idempotency
{
    /// <summary>The request's header.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>The answer's header that says that it repeats an earlier one.</summary>
    public const string ReplayedHeader = "Idempotent-Replayed";

    private const int KeyMax = 255;

    // How long the second of two requests at once waits for the answer of the first, and how often it looks.
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    /// <summary>Whether a request may carry the header; events have ids of their own.</summary>
    public static bool Concerns(string method, PathString path) =>
        HttpMethods.IsPost(method) && path.StartsWithSegments("/v1") && !path.StartsWithSegments("/v1/events");

    /// <summary>Answers repeated requests with the first one's answer. Comes after <see cref="ApiKeys"/>: a key belongs to its caller.</summary>
    public static void UseIdempotency(this WebApplication app) => app.UseWhen(
        context => Concerns(context.Request.Method, context.Request.Path) && context.Request.Headers.ContainsKey(Header),
        branch => branch.Use(Handle));

    private static async Task Handle(HttpContext context, RequestDelegate next)
    {
        var key = context.Request.Headers[Header].ToString();
        if (key.Length is 0 or > KeyMax || key.Any(char.IsControl))
        {
            await Problems.Write(context, StatusCodes.Status400BadRequest, "invalid_idempotency_key", $"An {Header} has 1 to {KeyMax} characters and no control characters.");
            return;
        }

        var store = context.RequestServices.GetRequiredService<IdempotencyStore>();
        var hash = await HashOf(context.Request);
        if (await Claim(context, store, key, hash) is not { } first)
        {
            await Run(context, next, store, key);
        }
        else if (!first.RequestHash.AsSpan().SequenceEqual(hash))
        {
            await Problems.Write(context, StatusCodes.Status422UnprocessableEntity, "idempotency_key_reused", $"This {Header} was used with another request. Use a new one for a new request.");
        }
        else if (first.Status == 0)
        {
            context.Response.Headers.RetryAfter = "1";
            await Problems.Write(context, StatusCodes.Status409Conflict, "idempotency_key_in_use",
                $"The first request with this {Header} has not been answered yet: try again shortly. If that stays so, it was cut off: look whether what it creates is there, and use a new key.");
        }
        else
        {
            await Replay(context, first);
        }
    }

    private static async Task<IdempotentAnswer?> Claim(HttpContext context, IdempotencyStore store, string key, byte[] hash)
    {
        var machine = context.RequestServices.GetRequiredService<TimeProvider>();
        while (true)
        {
            var first = await store.Claim(context.ApiKey().Id, key, hash, context.RequestAborted);
            if (first is not { Status: 0 } || !first.RequestHash.AsSpan().SequenceEqual(hash) || machine.GetUtcNow() - first.CreatedAt > s_wait)
            {
                return first;
            }

            await Task.Delay(s_look, machine, context.RequestAborted);
        }
    }

    // Only what succeeded is kept. A refusal changed nothing, so the same key may come again with a mended body.
    private static async Task Run(HttpContext context, RequestDelegate next, IdempotencyStore store, string key)
    {
        var apiKey = context.ApiKey();
        var body = context.Response.Body;
        using var copy = new MemoryStream();
        var succeeded = false;
        try
        {
            context.Response.Body = copy;
            await next(context);
            succeeded = context.Response.StatusCode is >= 200 and < 300;
        }
        finally
        {
            context.Response.Body = body;
            if (!succeeded)
            {
                await store.Release(apiKey.Id, key);
            }
        }

        if (succeeded)
        {
            var text = $"{context.Response.Headers.Location}\n{Encoding.UTF8.GetString(copy.ToArray())}";

            // An answer may tell a secret, such as a new key's. It is sealed with the caller's own, which is stored nowhere: who reads the table reads nothing.
            await store.Keep(apiKey.Id, key, context.Response.StatusCode, context.Response.ContentType ?? "", SealedText.Seal(text, ApiKeys.SecretOf(context.Request)!, key));
        }

        copy.Position = 0;
        await copy.CopyToAsync(body, context.RequestAborted);
    }

    private static async Task Replay(HttpContext context, IdempotentAnswer first)
    {
        var text = SealedText.Open(first.Body, ApiKeys.SecretOf(context.Request)!, first.Key);
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        context.Response.StatusCode = first.Status;
        context.Response.Headers[ReplayedHeader] = "true";
        if (end > 0)
        {
            context.Response.Headers.Location = text[..end];
        }

        if (text.Length > end + 1)
        {
            context.Response.ContentType = first.ContentType;
            await context.Response.WriteAsync(text[(end + 1)..], context.RequestAborted);
        }
    }

    private static async Task<byte[]> HashOf(HttpRequest request)
    {
        request.EnableBuffering();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method}\n{request.Path}{request.QueryString}\n"));
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0)
        {
            hash.AppendData(buffer.AsSpan(0, read));
        }

        request.Body.Position = 0;
        return hash.GetHashAndReset();
    }
}
