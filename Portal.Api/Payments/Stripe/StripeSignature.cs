using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Portal.Api.Payments.Stripe;

/// <summary>Tells Stripe's messages from forged ones: <c>Stripe-Signature: t=…,v1=…</c>, the HMAC-SHA256 of <c>t.body</c>.</summary>
public static class StripeSignature
{
    /// <summary>The name of the header.</summary>
    public const string Header = "Stripe-Signature";

    /// <summary>How far the time of signing may be from now, either way.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>The secrets of a setting that may name several.</summary>
    public static string[] Secrets(string setting) => setting.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>When a message was signed; null where it was not signed under one of the secrets, or too long ago.</summary>
    /// <param name="header">The header's value.</param>
    /// <param name="body">The body, byte for byte as it came.</param>
    /// <param name="secrets">The secrets that hold.</param>
    /// <param name="now">Now, on the machine's clock.</param>
    public static DateTimeOffset? SignedAt(string header, ReadOnlySpan<byte> body, IReadOnlyList<string> secrets, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(secrets);
        var parts = header.Split(',', StringSplitOptions.TrimEntries).Select(part => part.Split('=', 2)).Where(part => part.Length == 2).ToLookup(part => part[0], part => part[1]);
        if (parts["t"].FirstOrDefault() is not { } time || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
        {
            return null;
        }

        var signedAt = DateTimeOffset.FromUnixTimeSeconds(seconds);
        byte[] signed = [.. Encoding.ASCII.GetBytes(time), (byte)'.', .. body];
        var good = secrets.Select(secret => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed)))).ToList();
        var isGood = parts["v1"].Any(given => good.Any(right => CryptographicOperations.FixedTimeEquals(right, Encoding.ASCII.GetBytes(given))));
        return isGood && (now - signedAt).Duration() <= Tolerance ? signedAt : null;
    }
}
