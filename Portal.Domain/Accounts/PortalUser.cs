using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Domain.Accounts;

/// <summary>A person who signs in: one of the operator's people, a member of customers, or both.</summary>
public sealed class PortalUser : IdentityUser<Guid>
{
    /// <summary>The shortest password; there are no rules of composition (ASVS 6.2.5).</summary>
    public const int PasswordLengthMin = 8;

    /// <summary>The person's role on the operator's side; null for a customer's member.</summary>
    public OperatorRole? OperatorRole { get; set; }

    /// <summary>The customers that the person is a member of.</summary>
    public List<Membership> Memberships { get; } = [];
}

/// <summary>What one of the operator's people may do.</summary>
public enum OperatorRole
{
    /// <summary>Everything.</summary>
    Admin,

    /// <summary>Money and customers, but neither keys nor the sandbox.</summary>
    Finance,

    /// <summary>Reads everything, changes nothing.</summary>
    Support,
}

/// <summary>What a customer's member may do for that customer.</summary>
public enum MemberRole
{
    /// <summary>Everything for this customer.</summary>
    Owner,

    /// <summary>Invoices, limits, payment.</summary>
    Billing,

    /// <summary>Usage and API keys.</summary>
    Developer,

    /// <summary>Reads, changes nothing.</summary>
    Viewer,
}

/// <summary>A person's place in a customer's team.</summary>
public sealed class Membership
{
    /// <summary>The customer.</summary>
    public required int CustomerId { get; init; }

    /// <summary>The person.</summary>
    public required Guid UserId { get; init; }

    /// <summary>What the person may do for this customer.</summary>
    public required MemberRole Role { get; set; }

    /// <summary>From when in the day the person is left alone, in the customer's zone; null for never.</summary>
    public TimeOnly? QuietFrom { get; set; }

    /// <summary>Until when; it may lie on the next day.</summary>
    public TimeOnly? QuietUntil { get; set; }

    /// <summary>When the person was invited, in business time.</summary>
    public required DateTimeOffset InvitedAt { get; init; }

    /// <summary>The customer.</summary>
    public Customer Customer { get; init; } = null!;

    /// <summary>The person.</summary>
    public PortalUser User { get; init; } = null!;
}

internal sealed class MembershipsTable : IEntityTypeConfiguration<Membership>
{
    public void Configure(EntityTypeBuilder<Membership> table)
    {
        table.ToTable("memberships").HasKey(member => new { member.CustomerId, member.UserId });
        table.Property(member => member.Role).HasConversion<string>().HasMaxLength(16);
        table.HasOne(member => member.Customer).WithMany().HasForeignKey(member => member.CustomerId);
        table.HasOne(member => member.User).WithMany(user => user.Memberships).HasForeignKey(member => member.UserId);
    }
}

internal sealed class UsersTable : IEntityTypeConfiguration<PortalUser>
{
    public void Configure(EntityTypeBuilder<PortalUser> table)
    {
        table.ToTable("users");
        table.Property(user => user.OperatorRole).HasConversion<string>().HasMaxLength(16);
    }
}
