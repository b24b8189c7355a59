using System.Net;

namespace Portal.Domain.Alerts;

/// <summary>Checks the address of an endpoint before it is saved. Where its name leads is checked again at every connection.</summary>
public static class WebhookUrl
{
    /// <summary>The longest address.</summary>
    public const int LengthMax = 2_000;

    private const int WellKnownPorts = 1024;

    /// <summary>What is wrong with an address, in a sentence that says how to mend it; null where it can be taken.</summary>
    /// <param name="text">The address as it was given.</param>
    /// <param name="allowPrivate">Whether http and addresses of this machine and its networks are allowed (Portal:Webhooks:AllowPrivate).</param>
    public static string? Problem(string text, bool allowPrivate)
    {
        if (text.Length > LengthMax || !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0)
        {
            return "This is no address: write it like https://example.com/hooks/billing.";
        }

        if (url.Scheme != Uri.UriSchemeHttps && !(allowPrivate && url.Scheme == Uri.UriSchemeHttp))
        {
            return "Only https addresses are delivered to: what is sent is about money.";
        }

        if (url.UserInfo.Length > 0)
        {
            return "Leave the user name out of the address: every delivery is signed, which says who sent it.";
        }

        if (url.Fragment.Length > 0)
        {
            return "Leave out what stands behind '#': it is never sent.";
        }

        if (allowPrivate)
        {
            return null;
        }

        if (url.Port is not (443 or 80) && url.Port < WellKnownPorts)
        {
            return $"Port {url.Port} belongs to another service: use 443 or a port from {WellKnownPorts} on.";
        }

        var isPrivate = IPAddress.TryParse(url.IdnHost.Trim('[', ']'), out var address)
            ? !PublicAddress.Is(address)
            : url.IdnHost.TrimEnd('.') is var name && (name == "localhost" || !name.Contains('.', StringComparison.Ordinal) || name.EndsWith(".localhost", StringComparison.Ordinal)
                || name.EndsWith(".internal", StringComparison.Ordinal) || name.EndsWith(".local", StringComparison.Ordinal));
        return isPrivate ? "This address is not on the public internet, so nothing is delivered to it." : null;
    }
}
