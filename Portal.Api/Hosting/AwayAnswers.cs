using Portal.Domain.Storage;

namespace Portal.Api.Hosting;

/// <summary>What is answered while the database is away: at once, instead of letting each request wait for it in vain.</summary>
public static class AwayAnswers
{
    private const string WaitingPage = """
        <!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5"><title>Waiting for the database</title></head>
        <body style="font:16px/1.5 system-ui,sans-serif;margin:15vh auto;max-width:32rem;padding:0 1rem">
        <h1 style="font-size:1.25rem">Waiting for the database</h1>
        <p>It has not answered since this host was started. Events are taken meanwhile; nothing is lost. This page looks again every five seconds.</p></body></html>
        """;

    /// <summary>Answers everything but events and health while the host waits for its database to complete the start.</summary>
    public static void UseWaiting(this WebApplication app) => app.Use((context, next) =>
    {
        var path = context.Request.Path;
        if (path.StartsWithSegments("/v1") || path.StartsWithSegments("/health") || context.RequestServices.GetRequiredService<StartUp>().IsReady)
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = "5";
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(WaitingPage, context.RequestAborted);
    });

    /// <summary>Answers 503 below <c>/v1</c> where an endpoint needs the database and that does not answer.</summary>
    public static void UseDatabaseAway(this WebApplication app) => app.UseWhen(context => context.Request.Path.StartsWithSegments("/v1"), branch => branch.Use((context, next) =>
    {
        var services = context.RequestServices;
        if (context.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<AnswersWithoutDatabase>() is { } answers && (answers.AtStart || services.GetRequiredService<StartUp>().IsReady))
        {
            return next(context);
        }

        return services.GetRequiredService<DatabaseState>().Standing == DatabaseStanding.Away || !services.GetRequiredService<StartUp>().IsReady
            ? Problems.WriteAway(context)
            : next(context);
    }));
}
