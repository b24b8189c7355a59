using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api.Storage;

/// <summary>The sandbox's clock: <c>/v1/sandbox/clock</c>. Outside the sandbox there is nothing at this address.</summary>
public static class SandboxEndpoints
{
    /// <summary>Maps the endpoints, where this is a sandbox.</summary>
    public static void MapSandbox(this IEndpointRouteBuilder app)
    {
        if (app.ServiceProvider.GetRequiredService<PortalOptions>().Sandbox != true)
        {
            return;
        }

        var clock = app.MapGroup("/v1/sandbox/clock").WithTags("Sandbox");
        clock.MapGet("", Get).Needs(Permission.ReadOperations).WithSummary("What the business clock shows.");
        clock.MapPost("", Move).Needs(Permission.ManageOperations)
            .Takes("""{"now":"2026-03-01T00:00:05Z"}""")
            .WithSummary("Move the business clock forward. Answers when all that fell due on the way has run, each at its own instant.");
    }

    private static Ok<ClockResponse> Get(HttpContext context, ClockWalk walk) => TypedResults.Ok(new ClockResponse(walk.Now(context.Actor())));

    private static async Task<Ok<ClockResponse>> Move(JsonElement body, HttpContext context, ClockWalk walk, CancellationToken cancellation) =>
        TypedResults.Ok(new ClockResponse(await walk.To(context.Actor(), Input.Read(body, Now), cancellation)));

    private static DateTimeOffset Now(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("the clock", "now");
        if (body.OptionalInstant("now") is { } instant)
        {
            return instant;
        }

        if (!errors.Any)
        {
            body.Refuse("now", "Give the instant to move to, such as \"2026-03-01T00:00:05Z\".");
        }

        return default;
    }
}

/// <summary>The business clock.</summary>
/// <param name="Now">What it shows.</param>
public sealed record ClockResponse(DateTimeOffset Now);
