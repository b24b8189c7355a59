using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Portal.Domain.Storage;

namespace Portal.Domain.Alerts;

/// <summary>The link in a member's mail that ends mails of one kind, without a sign-in: signed, and good for nothing else.</summary>
public sealed class UnsubscribeLink(IDataProtectionProvider protection, PortalLinks links)
{
    private readonly IDataProtector _protector = protection.CreateProtector("Portal.Alerts.Unsubscribe");

    /// <summary>The link of a member and a kind.</summary>
    public string Of(int customerId, Guid userId, string kind) =>
        links.Unsubscribe(_protector.Protect(string.Create(CultureInfo.InvariantCulture, $"{customerId} {userId:N} {kind}")));

    /// <summary>Whom and what a link is about; null where it is none of ours.</summary>
    /// <param name="token">What stands in it.</param>
    public (int CustomerId, Guid UserId, AlertKind Kind)? Read(string token)
    {
        try
        {
            return _protector.Unprotect(token).Split(' ') is [var customer, var user, var key] && AlertKind.All.FirstOrDefault(kind => kind.Key == key) is { IsOptional: true } kind
                ? (int.Parse(customer, CultureInfo.InvariantCulture), Guid.ParseExact(user, "N"), kind)
                : null;
        }
        catch (Exception failure) when (failure is CryptographicException or FormatException)
        {
            return null;
        }
    }
}
