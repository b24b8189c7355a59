using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Metering.Spooling;
using Portal.Domain.Storage;

namespace Portal.Api.Hosting;

/// <summary>Whether the process lives, and whether it can serve: <c>/health/live</c> and <c>/health/ready</c>. They ask for no key.</summary>
public static class HealthEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("/health").WithTags("Health").AllowAnonymous();
        health.MapGet("/live", Live).WithSummary("200 while the process lives.");
        health.MapGet("/ready", Ready).WithSummary("200 once migration and bootstrap are through and the database answers, and degraded while the spool takes events in its place; else 503 with the part that is away.");
    }

    private static Ok<HealthResponse> Live() => TypedResults.Ok(new HealthResponse("live", null));

    private static async Task<Results<Ok<HealthResponse>, JsonHttpResult<HealthResponse>>> Ready(
        IServiceProvider services, StartUp start, Register register, DatabaseState state, DatabaseProbe probe, EventSpool spool)
    {
        // Whoever waits for this asks for figures next.
        if (services.GetService<HeldServices>() is { Open.IsCompleted: false })
        {
            return Unavailable("start");
        }

        if (start.IsReady && state.IsThere && await probe.Answers())
        {
            return TypedResults.Ok(new HealthResponse("ready", null));
        }

        if (!start.IsReady && register.Now.Keys.IsEmpty)
        {
            return Unavailable("start");
        }

        return spool.CanTake() ? TypedResults.Ok(new HealthResponse("degraded", "database")) : Unavailable(spool.IsOpen ? "spool" : "database");
    }

    private static JsonHttpResult<HealthResponse> Unavailable(string part) =>
        TypedResults.Json(new HealthResponse("unavailable", part), statusCode: StatusCodes.Status503ServiceUnavailable);
}

/// <summary>How the process is.</summary>
/// <param name="Status"><c>live</c>, <c>ready</c>, <c>degraded</c> or <c>unavailable</c>.</param>
/// <param name="Part">The part that is away; null where none is.</param>
public sealed record HealthResponse(string Status, string? Part);
