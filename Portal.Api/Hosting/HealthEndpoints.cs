using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Portal.Api.Hosting;

/// <summary>Whether the process lives, and whether it can serve: <c>/health/live</c> and <c>/health/ready</c>. They ask for no key.</summary>
public static class HealthEndpoints
{
    // A load balancer asks every few seconds: an answer that takes longer is as bad as none.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <summary>Maps the endpoints.</summary>
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("/health").WithTags("Health").AllowAnonymous();
        health.MapGet("/live", Live).WithSummary("200 while the process lives.");
        health.MapGet("/ready", Ready).WithSummary("200 once migration and bootstrap are through and the database answers; else 503 with the part that is away.");
    }

    private static Ok<HealthResponse> Live() => TypedResults.Ok(new HealthResponse("live", null));

    private static async Task<Results<Ok<HealthResponse>, JsonHttpResult<HealthResponse>>> Ready(StartUp start, NpgsqlDataSource database, CancellationToken cancellation)
    {
        if (!start.IsReady)
        {
            return Unavailable("start");
        }

        return await Answers(database, cancellation) ? TypedResults.Ok(new HealthResponse("ready", null)) : Unavailable("database");
    }

    private static async Task<bool> Answers(NpgsqlDataSource database, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(s_patience);
        try
        {
            await using var ask = database.CreateCommand("SELECT 1");
            await ask.ExecuteScalarAsync(patience.Token);
            return true;
        }
        catch (Exception away) when (away is NpgsqlException or TimeoutException || (away is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return false;
        }
    }

    private static JsonHttpResult<HealthResponse> Unavailable(string part) =>
        TypedResults.Json(new HealthResponse("unavailable", part), statusCode: StatusCodes.Status503ServiceUnavailable);
}

/// <summary>How the process is.</summary>
/// <param name="Status"><c>live</c>, <c>ready</c> or <c>unavailable</c>.</param>
/// <param name="Part">The part that is away; null where none is.</param>
public sealed record HealthResponse(string Status, string? Part);
