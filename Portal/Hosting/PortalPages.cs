using System.Globalization;
using Microsoft.AspNetCore.Components.Authorization;
using Portal.Accounts;
using Portal.Accounts.SigningIn;
using Portal.Api.Accounts;
using Portal.Catalog;
using Portal.Invoicing;
using Portal.Metering;
using Portal.Reporting;
using Portal.Shared;

namespace Portal.Hosting;

/// <summary>The pages as part of a host: what they need, and where they are mapped.</summary>
public static class PortalPages
{
    // Inline styles are attributes that place the fill of a meter; there is no inline script and no style element.
    private const string ContentPolicy =
        "default-src 'self'; img-src 'self' data:; style-src 'self'; style-src-attr 'unsafe-inline'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>Registers what pages need.</summary>
    public static void Add(WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);

        // Also where the build is run as it is, outside Development and without publishing.
        builder.WebHost.UseStaticWebAssets();

        // A build that is run without publishing would read each file anew on each request, uncompressed and never cached, unless told otherwise.
        builder.Configuration["ReloadStaticAssetsAtRuntime"] ??= "false";
        builder.Configuration["EnableStaticAssetsDevelopmentCaching"] ??= "true";
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        builder.Services.AddCascadingAuthenticationState();
        builder.Services.AddScoped<AuthenticationStateProvider, SignedInCheck>();
        builder.Services.AddScoped<Caller>();
        builder.Services.AddMemoryCache();
        builder.Services.AddScoped<Handover>();
        builder.Services.AddScoped<UsageSeries>();
        builder.Services.AddScoped<OverviewReader>();
        builder.Services.AddScoped<PricingViewReader>();
        builder.Services.AddScoped<CustomerDeskReader>();
        builder.Services.AddScoped<SignIn>();
        builder.Services.Configure<RequestLocalizationOptions>(SetUpCultures);
    }

    /// <summary>Maps pages and what they load.</summary>
    public static void Map(WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseExceptionHandler("/error", createScopeForErrors: true);
        app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
        app.UseWhen(IsForPeople, pages => pages.Use(AddHeaders).UseRequestLocalization());
        app.UsePortalIdentity(pages => pages.UseAntiforgery());
        app.MapStaticAssets();
        app.MapSignOut();
        app.MapEnter();
        app.MapUsageFiles();
        app.MapCardFiles();
        app.MapInvoiceFiles();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(options => options.ContentSecurityFrameAncestorsPolicy = null);
    }

    private static bool IsForPeople(HttpContext context) =>
        !context.Request.Path.StartsWithSegments("/v1") && !context.Request.Path.StartsWithSegments("/docs");

    private static Task AddHeaders(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()";
        return next(context);
    }

    // Numbers follow the browser's language, words and dates are English. The calendar is always Gregorian: a bill of 1448 would be read wrong.
    private static void SetUpCultures(RequestLocalizationOptions options)
    {
        options.SetDefaultCulture("en-US");
        options.SupportedUICultures = [CultureInfo.GetCultureInfo("en-US")];
        options.SupportedCultures = [.. CultureInfo.GetCultures(CultureTypes.SpecificCultures).Select(Gregorian)];
    }

    private static CultureInfo Gregorian(CultureInfo culture)
    {
        var own = (CultureInfo)culture.Clone();
        if (own.Calendar is not GregorianCalendar && own.OptionalCalendars.OfType<GregorianCalendar>().FirstOrDefault() is { } gregorian)
        {
            own.DateTimeFormat.Calendar = gregorian;
        }

        return own;
    }
}
