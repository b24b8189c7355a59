using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Domain.Accounts;

/// <summary>A machine's credential. Only its hash is stored; the secret is shown once, when it is made.</summary>
public sealed class ApiKey
{
    private Actor? _actor;

    /// <summary>Identifies the key on pages and in the API; says nothing about the secret.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>What its owner calls it.</summary>
    public required string Name { get; set; }

    /// <summary>The first characters of the secret, enough to recognise it by.</summary>
    public required string Prefix { get; init; }

    /// <summary>SHA-256 of the secret. The secret has 256 random bits, so a plain hash is enough.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>What the key may do.</summary>
    public required Scopes Scopes { get; init; }

    /// <summary>The customer that the key is bound to; null for the operator's own keys.</summary>
    public int? CustomerId { get; init; }

    /// <summary>When it was made, in business time.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who made it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When it was last used, on the machine's clock, to the minute; null for never.</summary>
    public DateTimeOffset? LastUsedAt { get; private set; }

    /// <summary>When it was revoked, in business time; null while it works.</summary>
    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>The key as a caller. Made once: every request asks for it, more than once.</summary>
    public Actor AsActor() => _actor ??= new Actor($"{Name} ({Prefix}…)", CustomerId, Scopes, null, null);

    /// <summary>A new random secret with the prefix of its kind: <c>sk_</c> for the operator, <c>ck_</c> for a customer.</summary>
    public static string NewSecret(bool forCustomer) =>
        (forCustomer ? "ck_" : "sk_") + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>The stored form of a secret.</summary>
    public static byte[] HashOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>The part of a secret that may be shown: its kind and four characters.</summary>
    public static string PrefixOf(string secret) => secret[..Math.Min(secret.Length, 7)];
}

internal sealed class ApiKeysTable : IEntityTypeConfiguration<ApiKey>
{
    public void Configure(EntityTypeBuilder<ApiKey> table)
    {
        table.ToTable("api_keys").HasKey(key => key.Id);
        table.HasIndex(key => key.Hash).IsUnique();
        table.HasIndex(key => key.CustomerId);
        table.HasOne<Customer>().WithMany().HasForeignKey(key => key.CustomerId);
    }
}
