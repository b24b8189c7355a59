using System.Net.Mail;
using Portal.Api.Payments;
using Portal.Domain.Storage;

namespace Portal.Api.Hosting;

/// <summary>Reads the settings of DESIGN.md 4 with the defaults of the environment, and refuses what makes no sense.</summary>
public static class Settings
{
    /// <summary>The settings below <c>Portal</c>.</summary>
    /// <exception cref="StartException">Where a setting cannot be used, with what to change.</exception>
    public static PortalOptions Read(WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection("Portal").Get<PortalOptions>() ?? new PortalOptions();
        var isDevelopment = builder.Environment.IsDevelopment();
        options.Sandbox ??= isDevelopment;
        options.Demo ??= isDevelopment;
        options.Webhooks.AllowPrivate ??= isDevelopment;
        options.PublicUrl = Or(options.PublicUrl, ListenAddresses.First(builder.Configuration));
        if (isDevelopment)
        {
            options.Bootstrap.AdminEmail = Or(options.Bootstrap.AdminEmail, "admin@example.com");
            options.Bootstrap.AdminPassword = Or(options.Bootstrap.AdminPassword, "Portal-demo-1");
            options.Bootstrap.ApiKey = Or(options.Bootstrap.ApiKey, "sk_demo_operator_key");
        }

        if (!Uri.TryCreate(options.PublicUrl, UriKind.Absolute, out var publicUrl) || publicUrl.Scheme is not ("http" or "https"))
        {
            throw new StartException($"Portal:PublicUrl is '{options.PublicUrl}', which links in mails cannot begin with. Write it like https://billing.example.com");
        }

        options.Email.From = Or(options.Email.From, $"Portal <portal@{publicUrl.IdnHost}>");
        if (!MailAddress.TryCreate(options.Email.From, out _))
        {
            throw new StartException($"Portal:Email:From is '{options.Email.From}', which is no sender. Write it like Example <billing@example.com>");
        }

        if (options.Sandbox.Value && builder.Environment.IsProduction())
        {
            throw new StartException("Portal:Sandbox is true, which moves time and pays with trial cards: it is refused in Production. Set it to false.");
        }

        if (options.SandboxClock.Length > 0 && !options.Sandbox.Value)
        {
            throw new StartException("Portal:SandboxClock is set, but Portal:Sandbox is not true. Remove the one or set the other.");
        }

        if (options.SandboxClock.Length > 0 && !Instants.TryParse(options.SandboxClock, out _))
        {
            throw new StartException($"Portal:SandboxClock is '{options.SandboxClock}', which is no instant. Write it like 2026-03-01T00:00:00Z.");
        }

        if (options.Ingest.Queue != "postgres")
        {
            throw new StartException($"Portal:Ingest:Queue is '{options.Ingest.Queue}'. This version knows 'postgres'.");
        }

        if (options.Limits.ReservePercent is < 0 or > 1_000)
        {
            throw new StartException($"Portal:Limits:ReservePercent is {options.Limits.ReservePercent}, which is no share of a limit. Write a percentage from 0 to 1000: 0 refuses at the limit itself while the database is away.");
        }

        GatewaySettings.Check(options);
        return options;
    }

    private static string Or(string value, string fallback) => value.Length > 0 ? value : fallback;
}
