using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Domain.Accounts;

/// <summary>A visit to the portal for one customer, opened by a link that the operator's own product handed out, without an account here.</summary>
public sealed class PortalSession
{
    /// <summary>How long the link works, once.</summary>
    public static readonly TimeSpan LinkTime = TimeSpan.FromMinutes(10);

    /// <summary>How long the visit lasts from its opening.</summary>
    public static readonly TimeSpan VisitTime = TimeSpan.FromHours(12);

    /// <summary>The claim that names the visit in a cookie.</summary>
    public const string Claim = "portal_session";

    /// <summary>Names the visit in the visitor's cookie.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>The customer.</summary>
    public required int CustomerId { get; init; }

    /// <summary>What the visitor may do for this customer.</summary>
    public required MemberRole Role { get; init; }

    /// <summary>SHA-256 of the link's token, which is 256 random bits and stored nowhere.</summary>
    public required byte[] LinkHash { get; init; }

    /// <summary>Until when the link works, on the machine's clock.</summary>
    public required DateTimeOffset LinkEndsAt { get; init; }

    /// <summary>Until when the visit lasts, on the machine's clock; null until the link is used.</summary>
    public DateTimeOffset? EndsAt { get; private set; }

    /// <summary>Who asked for the link.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>The customer.</summary>
    public Customer Customer { get; private set; } = null!;
}

internal sealed class PortalSessionsTable : IEntityTypeConfiguration<PortalSession>
{
    public void Configure(EntityTypeBuilder<PortalSession> table)
    {
        table.ToTable("portal_sessions").HasKey(session => session.Id);
        table.HasIndex(session => session.LinkHash).IsUnique();
        table.HasIndex(session => session.LinkEndsAt);
        table.HasOne(session => session.Customer).WithMany().HasForeignKey(session => session.CustomerId);
        table.Property(session => session.Role).HasConversion<string>().HasMaxLength(16);
    }
}
