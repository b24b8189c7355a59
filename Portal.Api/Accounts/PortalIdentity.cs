using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;

namespace Portal.Api.Accounts;

/// <summary>How people sign in: Identity over <see cref="PortalDb"/>, by a cookie. Machines sign in by <see cref="ApiKeys"/>.</summary>
public static class PortalIdentity
{
    /// <summary>Wrong passwords in a row after which a sign-in waits <see cref="LockoutTime"/>; the right one starts the count anew.</summary>
    public const int FailedSignInsMax = 8;

    /// <summary>How long a locked sign-in waits: long enough to stop guessing, too short to lock an owner out for ever.</summary>
    public static readonly TimeSpan LockoutTime = TimeSpan.FromMinutes(5);

    /// <summary>How long a sign-in lasts without use.</summary>
    public static readonly TimeSpan IdleTime = TimeSpan.FromHours(12);

    /// <summary>After what time at most a changed password, a removed member or a sign-out everywhere is noticed by a cookie.</summary>
    public static readonly TimeSpan RevalidationTime = TimeSpan.FromMinutes(1);

    /// <summary>Adds user stores, <see cref="SignInManager{TUser}"/> and the sign-in cookie as the default scheme (<see cref="IdentityConstants.ApplicationScheme"/>).</summary>
    public static IServiceCollection AddPortalIdentity(this IServiceCollection services)
    {
        services.AddAuthentication(IdentityConstants.ApplicationScheme).AddIdentityCookies();
        services.ConfigureApplicationCookie(SetUpCookie);
        services.AddAuthorization();
        services.Configure<SecurityStampValidatorOptions>(options => options.ValidationInterval = RevalidationTime);
        services.AddScoped<ISecurityStampValidator, CookieCheck>();
        services.AddIdentityCore<PortalUser>(SetUp)
            .AddEntityFrameworkStores<PortalDb>()
            .AddSignInManager()
            .AddDefaultTokenProviders()
            .AddTokenProvider<InvitationTokens>(Passwords.InvitationTokens);
        services.AddScoped<Passwords>();
        services.AddSingleton<PasswordMail>();
        return services;
    }

    /// <summary>Knows people by their cookie everywhere but below <c>/v1</c>, where keys sign machines in and nobody looks at cookies.</summary>
    /// <param name="app">The host.</param>
    /// <param name="more">What else pages need behind it.</param>
    public static void UsePortalIdentity(this WebApplication app, Action<IApplicationBuilder>? more = null)
    {
        // The framework would put both in front of every request, unless it is told that they have their place.
        var properties = ((IApplicationBuilder)app).Properties;
        (properties["__AuthenticationMiddlewareSet"], properties["__AuthorizationMiddlewareSet"]) = (true, true);
        app.UseWhen(context => !context.Request.Path.StartsWithSegments("/v1"), people =>
        {
            people.UseAuthentication();
            people.UseAuthorization();
            more?.Invoke(people);
        });
    }

    private static void SetUp(IdentityOptions options)
    {
        options.User.RequireUniqueEmail = true;

        // The user name is the e-mail address, which may hold characters that Identity's own list lacks.
        options.User.AllowedUserNameCharacters = "";
        options.Lockout.AllowedForNewUsers = true;
        options.Lockout.MaxFailedAccessAttempts = FailedSignInsMax;
        options.Lockout.DefaultLockoutTimeSpan = LockoutTime;
        options.Password.RequiredLength = PortalUser.PasswordLengthMin;
        options.Password.RequiredUniqueChars = 1;
        options.Password.RequireDigit = false;
        options.Password.RequireLowercase = false;
        options.Password.RequireUppercase = false;
        options.Password.RequireNonAlphanumeric = false;
    }

    private static void SetUpCookie(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = "portal";
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.ExpireTimeSpan = IdleTime;
        options.SlidingExpiration = true;
        options.LoginPath = "/Account/Login";
        options.LogoutPath = "/Account/Logout";
        options.AccessDeniedPath = "/Account/AccessDenied";
        options.ReturnUrlParameter = "returnUrl";
    }
}
