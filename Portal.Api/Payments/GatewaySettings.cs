using Portal.Api.Payments.Stripe;
using Portal.Domain.Payments;
using Portal.Domain.Storage;

namespace Portal.Api.Payments;

/// <summary>Which card processor moves money: refuses settings of which nobody can tell what they mean, and registers the one that is meant.</summary>
public static class GatewaySettings
{
    private const string Section = "Portal:Payments";

    /// <summary>Refuses what makes no sense.</summary>
    /// <exception cref="StartException">Says what to change.</exception>
    public static void Check(PortalOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var (gateway, stripe, isSandbox) = (options.Payments.Gateway, options.Payments.Stripe, options.Sandbox is true);
        var problem = (gateway, stripe) switch
        {
            (not ("" or "sandbox" or "stripe"), _) => $"{Section}:Gateway is '{gateway}'. Use 'sandbox' or 'stripe', or leave it out.",
            ("sandbox", _) when !isSandbox => $"{Section}:Gateway is 'sandbox', whose cards move no money, but Portal:Sandbox is not true. Use 'stripe', or leave it out: then invoices are paid by bank transfer.",
            (not "stripe", { SecretKey: not "" } or { WebhookSecret: not "" }) => $"{Section}:Stripe has keys, but {Section}:Gateway is not 'stripe'. Set it, or remove the keys.",
            (not "stripe", _) => null,
            (_, { SecretKey: "" }) => $"{Section}:Gateway is 'stripe' without {Section}:Stripe:SecretKey. Take it from the Stripe dashboard, below Developers, API keys.",
            (_, { SecretKey: var key }) when IsPublishable(key) => $"{Section}:Stripe:SecretKey is a publishable key, which charges nothing. Take the secret one, sk_….",
            (_, { SecretKey: var key }) when !IsSecret(key) => $"{Section}:Stripe:SecretKey is no secret key of Stripe's: it begins with sk_live_, sk_test_, rk_live_ or rk_test_.",
            (_, { SecretKey: var key }) when isSandbox && IsLive(key) => $"{Section}:Stripe:SecretKey is a live key, and Portal:Sandbox is true, which moves time: real cards would be charged for months that have not been. Use a test key, or turn the sandbox off.",
            (_, { WebhookSecret: "" }) => $"{Section}:Gateway is 'stripe' without {Section}:Stripe:WebhookSecret. Stripe shows it where the endpoint /webhooks/stripe is added; without it nobody can tell its messages from forged ones.",
            (_, { WebhookSecret: var secrets }) when !StripeSignature.Secrets(secrets).All(secret => secret.StartsWith("whsec_", StringComparison.Ordinal)) =>
                $"{Section}:Stripe:WebhookSecret begins with whsec_; while it is being changed, write both with a comma between them.",
            (_, { TimeoutSeconds: < 1 or > 80 }) => $"{Section}:Stripe:TimeoutSeconds is {stripe.TimeoutSeconds}. Use 1 to 80; Stripe itself gives up after 80.",
            (_, { Url: var url }) when !IsUsable(url) => $"{Section}:Stripe:Url is '{url}'. Leave it out, unless you have a stand-in for Stripe on this machine.",
            _ => null,
        };
        if (problem is not null)
        {
            throw new StartException(problem);
        }
    }

    /// <summary>Registers Stripe where the settings say so; the domain has registered the sandbox's.</summary>
    public static void AddGateway(this IServiceCollection services, PortalOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Payments.Gateway == StripeGateway.GatewayName)
        {
            services.AddSingleton<StripeClient>();
            services.AddSingleton<IPaymentGateway, StripeGateway>();
        }
    }

    private static bool IsPublishable(string key) => key.StartsWith("pk_", StringComparison.Ordinal);

    private static bool IsSecret(string key) => IsLive(key) || key.StartsWith("sk_test_", StringComparison.Ordinal) || key.StartsWith("rk_test_", StringComparison.Ordinal);

    private static bool IsLive(string key) => key.StartsWith("sk_live_", StringComparison.Ordinal) || key.StartsWith("rk_live_", StringComparison.Ordinal);

    private static bool IsUsable(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttps || address is { Scheme: "http", IsLoopback: true });
}
