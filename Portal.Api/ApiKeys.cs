using System.Threading.RateLimiting;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;

namespace Portal.Api;

/// <summary>Signs machines in by <c>Authorization: Bearer &lt;key&gt;</c>, from memory, so that it goes on while the database is away.</summary>
public static class ApiKeys
{
    /// <summary>Requests a second that a customer's key may make; the operator's own keys have no limit.</summary>
    public const int CustomerRequestsPerSecond = 200;

    private static readonly object s_itemKey = new();

    /// <summary>Refuses requests below <c>/v1</c> that carry no working key, and those of a customer's key beyond its rate.</summary>
    public static void UseApiKeys(this WebApplication app)
    {
        var limiter = PartitionedRateLimiter.Create<ApiKey, Guid>(key => RateLimitPartition.GetTokenBucketLimiter(key.Id, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = CustomerRequestsPerSecond,
            TokensPerPeriod = CustomerRequestsPerSecond / 10,
            ReplenishmentPeriod = TimeSpan.FromMilliseconds(100),
            QueueLimit = 0,
        }));
        app.Lifetime.ApplicationStopped.Register(limiter.Dispose);

        app.UseWhen(context => context.Request.Path.StartsWithSegments("/v1"), branch => branch.Use(async (context, next) =>
        {
            var register = context.RequestServices.GetRequiredService<Register>();
            if (Find(context.Request, register.Now) is not { } key)
            {
                context.Response.Headers.WWWAuthenticate = "Bearer";
                await Problems.Write(context, StatusCodes.Status401Unauthorized, "unauthorized",
                    "This request carries no working API key. Send it as 'Authorization: Bearer <key>'.");
                return;
            }

            if (key.CustomerId is not null && !IsWithinRate(limiter, key))
            {
                context.Response.Headers.RetryAfter = "1";
                await Problems.Write(context, StatusCodes.Status429TooManyRequests, "rate_limited",
                    $"This key may make {CustomerRequestsPerSecond} requests a second. Wait a second and send the request again.");
                return;
            }

            context.RequestServices.GetRequiredService<ApiKeyUse>().Note(key);
            context.Items[s_itemKey] = key;
            await next(context);
        }));
    }

    private static bool IsWithinRate(PartitionedRateLimiter<ApiKey> limiter, ApiKey key)
    {
        using var lease = limiter.AttemptAcquire(key);
        return lease.IsAcquired;
    }

    /// <summary>The key that signed the request in.</summary>
    public static ApiKey ApiKey(this HttpContext context) => (ApiKey)context.Items[s_itemKey]!;

    /// <summary>The caller, as the domain knows it.</summary>
    public static Actor Actor(this HttpContext context) => context.ApiKey().AsActor();

    /// <summary>The secret that a request carries; null for none.</summary>
    public static string? SecretOf(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..].Trim() : null;
    }

    private static ApiKey? Find(HttpRequest request, RegisterState register) =>
        SecretOf(request) is { } secret && register.Keys.TryGetValue(Convert.ToHexString(Domain.Accounts.ApiKey.HashOf(secret)), out var key) ? key : null;
}
