using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Portal.Samples;

/// <summary>Refuses requests of customers who may not go on, before any work is done: 402 where money is missing, 429 where a limit or a pause holds, both with the address of the page where a person can change it.</summary>
/// <param name="next">The rest of your service.</param>
/// <param name="access">Who is refused.</param>
/// <param name="clock">For Retry-After.</param>
public sealed class AccessMiddleware(RequestDelegate next, AccessCopy access, TimeProvider clock)
{
    private static readonly string[] s_money = ["payment_failed", "credits_exhausted", "trial_ended", "feature_not_included"];

    /// <summary>Lets a request through, or answers it.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);

        // Your own authentication says whose request it is; here a header does.
        var customer = context.Request.Headers["X-Customer"].ToString();
        var apiKey = context.Request.Headers["X-Api-Key"] is [{ Length: > 0 } key] ? key : null;
        var feature = context.GetEndpoint()?.Metadata.GetMetadata<NeedsFeature>()?.Feature;
        return access.Refusal(customer, feature, apiKey) is { } refusal ? Refuse(context, refusal) : next(context);
    }

    private Task Refuse(HttpContext context, AccessEvent refusal)
    {
        context.Response.StatusCode = s_money.Contains(refusal.Reason) ? StatusCodes.Status402PaymentRequired : StatusCodes.Status429TooManyRequests;
        if (refusal is { Reason: "limit_reached", ResetsAt: { } resets })
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (long)(resets - clock.GetUtcNow()).TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        return context.Response.WriteAsJsonAsync(
            new ProblemDetails
            {
                Status = context.Response.StatusCode,
                Title = "You cannot use this now.",
                Detail = $"See why, and change it, at {refusal.PortalUrl}",
                Extensions = { ["code"] = refusal.Reason, ["limit"] = refusal.Limit, ["used"] = refusal.Used, ["resetsAt"] = refusal.ResetsAt, ["portalUrl"] = refusal.PortalUrl },
            },
            options: null, contentType: "application/problem+json");
    }
}

/// <summary>Says which of the plan's features an endpoint uses: <c>app.MapPost("/chat", …).WithMetadata(new NeedsFeature("chat"))</c>.</summary>
/// <param name="Feature">The feature's key on the rate card.</param>
public sealed record NeedsFeature(string Feature);
