using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Portal.Domain.Accounts;

namespace Portal.Accounts.SigningIn;

/// <summary>The way in by a link that the operator's own product handed out (<c>POST /v1/customers/{key}/portal-session</c>).</summary>
internal static class EnterEndpoints
{
    internal static void MapEnter(this IEndpointRouteBuilder app) => app.MapGet("/Account/Enter", Enter);

    private static async Task<RedirectHttpResult> Enter(string? token, HttpContext context, PortalSessionWriter sessions, CancellationToken cancellation)
    {
        if (token is null || await sessions.Open(token, cancellation) is not { } session)
        {
            return TypedResults.LocalRedirect("/Account/Login?done=link");
        }

        var visitor = new ClaimsIdentity(
            [new Claim(ClaimTypes.Name, session.Customer.Name), new Claim(PortalSession.Claim, session.Id.ToString())],
            IdentityConstants.ApplicationScheme);
        await context.SignInAsync(
            IdentityConstants.ApplicationScheme, new ClaimsPrincipal(visitor), new AuthenticationProperties { ExpiresUtc = session.EndsAt, AllowRefresh = false });
        return TypedResults.LocalRedirect("/overview");
    }
}
