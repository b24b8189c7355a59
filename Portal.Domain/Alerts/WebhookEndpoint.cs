using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;

namespace Portal.Domain.Alerts;

/// <summary>An address that is told of what happens, by a signed POST.</summary>
public sealed class WebhookEndpoint
{
    /// <summary>How long the old secret signs beside the new one after a rotation.</summary>
    public static readonly TimeSpan RotationTime = TimeSpan.FromHours(24);

    /// <summary>The database's own number.</summary>
    public int Id { get; private set; }

    /// <summary>Whose it is; null for the operator's own, which hear of every customer.</summary>
    public int? CustomerId { get; init; }

    /// <summary>The member of the customer's team whose own it is: told of the alerts that this member chose. Null for all others.</summary>
    public Guid? MemberId { get; init; }

    /// <summary>The owner's name for it.</summary>
    public required string Key { get; init; }

    /// <summary>Where it listens.</summary>
    public required string Url { get; set; }

    /// <summary>What it hears of: some of <see cref="WebhookTypes.All"/>.</summary>
    public required string[] Events { get; set; }

    /// <summary>The secret that signs, sealed: a dump of the database signs nothing.</summary>
    public required string SealedSecret { get; set; }

    /// <summary>The secret before the last rotation, sealed; null where there is none.</summary>
    public string? SealedPreviousSecret { get; set; }

    /// <summary>Until when the previous secret signs too, on the machine's clock.</summary>
    public DateTimeOffset? PreviousUntil { get; set; }

    /// <summary>When it was made, in business time.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Since when nothing is sent to it, in business time, because all attempts of three days failed; null while it works.</summary>
    public DateTimeOffset? DisabledAt { get; set; }

    /// <summary>A new secret: 256 random bits behind a prefix that leak scanners recognise.</summary>
    public static string NewSecret() => "whsec_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
}

internal sealed class WebhookEndpointsTable : IEntityTypeConfiguration<WebhookEndpoint>
{
    public void Configure(EntityTypeBuilder<WebhookEndpoint> table)
    {
        table.ToTable("webhook_endpoints").HasKey(endpoint => endpoint.Id);
        // The operator's own have no customer, and their keys are unique all the same.
        table.HasIndex(endpoint => new { endpoint.CustomerId, endpoint.Key }).IsUnique().AreNullsDistinct(false);
        table.Property(endpoint => endpoint.Key).HasMaxLength(64);
        table.HasOne<Customer>().WithMany().HasForeignKey(endpoint => endpoint.CustomerId);
        table.HasOne<Membership>().WithMany().HasForeignKey(endpoint => new { endpoint.CustomerId, endpoint.MemberId }).OnDelete(DeleteBehavior.Cascade);
    }
}
