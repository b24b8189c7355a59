using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Portal.Domain.Alerts;

/// <summary>Signs deliveries, so that a receiver knows who sent them and when: <c>Portal-Signature: t=…,v1=…</c>.</summary>
public static class WebhookSignature
{
    /// <summary>The name of the header.</summary>
    public const string Header = "Portal-Signature";

    /// <summary>The header's value: <c>t</c> is the Unix time in seconds, each <c>v1</c> the HMAC-SHA256 of <c>t.body</c> in hex under one secret. During a rotation there are two.</summary>
    /// <param name="secrets">The secrets that hold now, the newest first.</param>
    /// <param name="at">When it is sent, on the machine's clock.</param>
    /// <param name="body">The body, byte for byte as it is sent.</param>
    public static string Of(IEnumerable<string> secrets, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signed = new byte[time.Length + 1 + body.Length];
        Encoding.ASCII.GetBytes(time, signed);
        signed[time.Length] = (byte)'.';
        body.CopyTo(signed.AsSpan(time.Length + 1));
        return $"t={time}" + string.Concat(secrets.Select(secret => $",v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed))}"));
    }
}
