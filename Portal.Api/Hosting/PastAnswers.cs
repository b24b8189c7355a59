using System.Globalization;
using System.Text;
using Portal.Domain.Demo;

namespace Portal.Api.Hosting;

/// <summary>What is answered while the demo lives through its past: people see how far it is, and requests of machines wait for its end. No figure is shown before.</summary>
public static class PastAnswers
{
    private static readonly CompositeFormat s_page = CompositeFormat.Parse("""
        <!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><meta http-equiv="refresh" content="1">
        <title>The demo is being made</title></head>
        <body style="font:16px/1.5 system-ui,sans-serif;margin:15vh auto;max-width:32rem;padding:0 1rem">
        <main><h1 style="font-size:1.25rem">The demo lives through its last {1} days</h1>
        <p><progress max="{1}" value="{0}" aria-label="Days" style="width:100%"></progress><br>{0} of {1} days done</p>
        <p>Four customers use, are billed and pay, by the code that real months run. This happens once and takes some seconds; then the portal opens here by itself.</p></main></body></html>
        """);

    /// <summary>Answers in place of the host until it is open, where it holds its services for a past.</summary>
    public static void UsePast(this WebApplication app)
    {
        if (app.Services.GetService<HeldServices>() is not { } held)
        {
            return;
        }

        var start = app.Services.GetRequiredService<StartUp>();
        app.Use(async (context, next) =>
        {
            if (held.Open.IsCompleted || context.Request.Path.StartsWithSegments("/health"))
            {
                await next(context);
            }
            else if (AwayAnswers.IsPage(context.Request))
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                context.Response.Headers.RetryAfter = "1";
                context.Response.Headers.CacheControl = "no-store";
                context.Response.ContentType = "text/html; charset=utf-8";
                await context.Response.WriteAsync(string.Format(CultureInfo.InvariantCulture, s_page, start.DaysLived, DemoSeed.Days), context.RequestAborted);
            }
            else
            {
                await held.Open.WaitAsync(context.RequestAborted);
                await next(context);
            }
        });
    }
}
