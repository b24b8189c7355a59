using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;

namespace Portal.Domain.Alerts;

/// <summary>How a member is told of one kind of alert. Without a row of its own it is told in the portal, and by no mail.</summary>
public sealed class AlertChoice
{
    /// <summary>The customer.</summary>
    public required int CustomerId { get; init; }

    /// <summary>The member.</summary>
    public required Guid UserId { get; init; }

    /// <summary>The key of an <see cref="AlertKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>By a mail of its own.</summary>
    public required bool Email { get; set; }

    /// <summary>In the portal.</summary>
    public required bool InApp { get; set; }

    /// <summary>By a webhook to the member's own address, where it has saved one.</summary>
    public bool Webhook { get; set; }
}

internal sealed class AlertChoicesTable : IEntityTypeConfiguration<AlertChoice>
{
    public void Configure(EntityTypeBuilder<AlertChoice> table)
    {
        table.ToTable("alert_choices").HasKey(choice => new { choice.CustomerId, choice.UserId, choice.Kind });
        table.Property(choice => choice.Kind).HasMaxLength(32);
        table.Property(choice => choice.Webhook).HasDefaultValue(false);
        table.HasOne<Membership>().WithMany().HasForeignKey(choice => new { choice.CustomerId, choice.UserId });
    }
}
