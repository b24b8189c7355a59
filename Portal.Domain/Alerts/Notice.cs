using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;

namespace Portal.Domain.Alerts;

/// <summary>An alert as one member finds it in the portal.</summary>
public sealed class Notice
{
    /// <summary>The database's own number.</summary>
    public long Id { get; private set; }

    /// <summary>The customer.</summary>
    public required int CustomerId { get; init; }

    /// <summary>The member.</summary>
    public required Guid UserId { get; init; }

    /// <summary>The mail to the customer's address that it says the same as.</summary>
    public required long MailId { get; init; }

    /// <summary>The key of an <see cref="AlertKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The news in a line.</summary>
    public required string Subject { get; init; }

    /// <summary>What happened and what happens next.</summary>
    public required string Text { get; init; }

    /// <summary>When it happened, in business time.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the member read it, in business time; null until then.</summary>
    public DateTimeOffset? ReadAt { get; set; }
}

internal sealed class NoticesTable : IEntityTypeConfiguration<Notice>
{
    public void Configure(EntityTypeBuilder<Notice> table)
    {
        table.ToTable("notices").HasKey(notice => notice.Id);
        table.Property(notice => notice.Kind).HasMaxLength(32);
        table.HasIndex(notice => new { notice.CustomerId, notice.UserId, notice.MailId }).IsUnique();
        table.HasOne<Membership>().WithMany().HasForeignKey(notice => new { notice.CustomerId, notice.UserId });
        table.HasOne<OutboxMail>().WithMany().HasForeignKey(notice => notice.MailId);
    }
}
