using System.Globalization;
using Portal.Domain.Storage;

namespace Portal.Api.Hosting;

/// <summary>What is answered while the database is away: at once, instead of letting each request wait for it in vain.</summary>
public static class AwayAnswers
{
    private const string Page = """
        <!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5"><title>{0}</title></head>
        <body style="font:16px/1.5 system-ui,sans-serif;margin:15vh auto;max-width:32rem;padding:0 1rem">
        <h1 style="font-size:1.25rem">{0}</h1>
        <p>The database does not answer at the moment. Events are taken meanwhile; nothing is lost. This page looks again every five seconds.</p></body></html>
        """;

    /// <summary>Shows a page that waits to whoever opens one while the database does not answer, since nobody can be known without it. Pages that are open stay.</summary>
    public static void UseWaiting(this WebApplication app) => app.Use((context, next) =>
    {
        var (path, services) = (context.Request.Path, context.RequestServices);
        if (path.StartsWithSegments("/v1") || path.StartsWithSegments("/health"))
        {
            return next(context);
        }

        var (isReady, state) = (services.GetRequiredService<StartUp>().IsReady, services.GetRequiredService<DatabaseState>());
        if (isReady && (state.Standing != DatabaseStanding.Away || !IsPage(context.Request)))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = "5";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = "text/html; charset=utf-8";
        var title = isReady && state.Since is { } since ? string.Create(CultureInfo.InvariantCulture, $"Figures up to {since:HH:mm} UTC; nothing is lost.") : "Waiting for the database";
        return context.Response.WriteAsync(Page.Replace("{0}", title, StringComparison.Ordinal), context.RequestAborted);
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

    /// <summary>Whether a person waits for the answer.</summary>
    internal static bool IsPage(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsPost(request.Method)) && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}
