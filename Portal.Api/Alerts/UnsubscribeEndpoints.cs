using System.Text.Encodings.Web;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;

namespace Portal.Api.Alerts;

/// <summary>Ends mails of one kind by the link in one of them (RFC 8058): a GET shows a button and changes nothing, a POST does it, by the button or by a mail program.</summary>
public static class UnsubscribeEndpoints
{
    private const string Page = """
        <!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>{0}</title></head>
        <body style="font:16px/1.5 system-ui,sans-serif;margin:15vh auto;max-width:32rem;padding:0 1rem"><main><h1 style="font-size:1.25rem">{0}</h1>{1}</main></body></html>
        """;

    /// <summary>Maps the address.</summary>
    public static void MapUnsubscribe(this IEndpointRouteBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapGet(PortalLinks.UnsubscribePath, Show).ExcludeFromDescription();
        app.MapPost(PortalLinks.UnsubscribePath, End).ExcludeFromDescription();
    }

    private static async Task Show(string? token, HttpContext context, AlertChoiceWriter writer, CancellationToken cancellation) =>
        await (await writer.AboutLink(token ?? "", cancellation) is var (kind, customer)
            ? Answer(context, $"No more mails about {kind.Name.ToLowerInvariant()}?", $"""
                <p>You get mails about {Encode(kind.Name.ToLowerInvariant())} of {Encode(customer)}. What happens is still shown in the portal.</p>
                <form method="post"><button type="submit" style="font:inherit;padding:10px 18px;min-height:44px">End these mails</button></form>
                """)
            : Unknown(context));

    private static async Task End(string? token, HttpContext context, AlertChoiceWriter writer, CancellationToken cancellation) =>
        await (await writer.Unsubscribe(token ?? "", cancellation) is var (kind, customer)
            ? Answer(context, "These mails have ended", $"""
                <p>You get no more mails about {Encode(kind.Name.ToLowerInvariant())} of {Encode(customer)}. In the portal, below Notifications, you can turn them on again.</p>
                """)
            : Unknown(context));

    private static Task Unknown(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Answer(context, "This link does not work", "<p>It is not complete, or you are in that team no more. Open it from the mail again, or sign in and look below Notifications.</p>");
    }

    private static Task Answer(HttpContext context, string title, string body)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        return context.Response.WriteAsync(Page.Replace("{0}", Encode(title), StringComparison.Ordinal).Replace("{1}", body, StringComparison.Ordinal), context.RequestAborted);
    }

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
