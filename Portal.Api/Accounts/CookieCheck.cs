using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Portal.Domain.Accounts;

namespace Portal.Api.Accounts;

/// <summary>Checks a cookie: a person's by its security stamp, as Identity does; a visitor's by whether the visit still lasts.</summary>
public sealed class CookieCheck(
    IOptions<SecurityStampValidatorOptions> options, SignInManager<PortalUser> signInManager, ILoggerFactory logger, ActorReader actors)
    : SecurityStampValidator<PortalUser>(options, signInManager, logger)
{
    /// <inheritdoc />
    public override async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        switch (await actors.VisitLasts(context.Principal!, context.HttpContext.RequestAborted))
        {
            case true:
                break;
            case false:
                context.RejectPrincipal();
                break;
            case null:
                await base.ValidateAsync(context);
                break;
        }
    }
}
