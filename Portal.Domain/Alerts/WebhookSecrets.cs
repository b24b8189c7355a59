using Microsoft.AspNetCore.DataProtection;

namespace Portal.Domain.Alerts;

/// <summary>Seals the secrets of endpoints at rest and opens them to sign.</summary>
public sealed class WebhookSecrets(IDataProtectionProvider protection)
{
    private readonly IDataProtector _protector = protection.CreateProtector("Portal.Webhooks.Secret");

    /// <summary>Seals a secret.</summary>
    public string Seal(string secret) => _protector.Protect(secret);

    /// <summary>The secrets of an endpoint that hold now, the newest first.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="machineNow">Now, on the machine's clock.</param>
    public IReadOnlyList<string> Open(WebhookEndpoint endpoint, DateTimeOffset machineNow) =>
        endpoint is { SealedPreviousSecret: { } previous, PreviousUntil: { } until } && machineNow < until
            ? [_protector.Unprotect(endpoint.SealedSecret), _protector.Unprotect(previous)]
            : [_protector.Unprotect(endpoint.SealedSecret)];
}
