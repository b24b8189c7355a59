using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Identity;
using Portal.Api.Accounts;
using Portal.Domain.Accounts;

namespace Portal.Accounts;

/// <summary>Notices in an open circuit what a cookie notices on a request: that the person was signed out everywhere, or its password changed.</summary>
public sealed class SignedInCheck(ILoggerFactory logs, IServiceScopeFactory scopes, ActorReader actors) : RevalidatingServerAuthenticationStateProvider(logs)
{
    /// <inheritdoc />
    protected override TimeSpan RevalidationInterval => PortalIdentity.RevalidationTime;

    /// <inheritdoc />
    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(authenticationState);

        // A scope of its own: the circuit's context would hold what it read an hour ago.
        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        var principal = authenticationState.User;
        if (await actors.VisitLasts(principal, cancellationToken) is { } lasts)
        {
            return lasts;
        }

        return await users.GetUserAsync(principal) is { } user
            && principal.FindFirstValue(users.Options.ClaimsIdentity.SecurityStampClaimType) == await users.GetSecurityStampAsync(user);
    }
}
