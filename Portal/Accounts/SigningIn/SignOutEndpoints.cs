using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Portal.Domain.Accounts;
using Portal.Layout;

namespace Portal.Accounts.SigningIn;

/// <summary>What a page's forms post to where a cookie changes: signing out, and choosing a customer; and the way in at <c>/</c>.</summary>
internal static class SignOutEndpoints
{
    internal static void MapSignOut(this IEndpointRouteBuilder app)
    {
        app.MapGet("/", Start).RequireAuthorization();
        app.MapPost("/Account/Logout", SignOut);
        app.MapPost("/Account/Customer", Choose).RequireAuthorization();
    }

    private static async Task<RedirectHttpResult> Start(HttpContext context, ActorReader actors, CancellationToken cancellation) =>
        await actors.Places(context.User, cancellation) is { Operator: not null, Customers.Count: 0 }
            ? TypedResults.LocalRedirect("/admin")
            : TypedResults.LocalRedirect("/overview");

    // The form field is read, and with it the antiforgery token is checked.
    private static async Task<RedirectHttpResult> SignOut([FromForm] string? returnUrl, SignInManager<PortalUser> signIn)
    {
        await signIn.SignOutAsync();
        return TypedResults.LocalRedirect(LocalAddress.Or(returnUrl, "/Account/Login"));
    }

    private static RedirectHttpResult Choose([FromForm] string customer, HttpContext context)
    {
        context.Response.Cookies.Append(CustomerChoice.Cookie, customer, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Lax,
            Secure = context.Request.IsHttps,
            MaxAge = TimeSpan.FromDays(365),
        });
        return TypedResults.LocalRedirect("/overview");
    }
}
