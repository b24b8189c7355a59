using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;

namespace Portal.Domain.Alerts;

/// <summary>Where a mail stands.</summary>
public enum MailState
{
    /// <summary>Waiting for its turn, or for its next attempt.</summary>
    Queued,

    /// <summary>Handed to the mail server, or written as a file.</summary>
    Sent,

    /// <summary>Given up: a person has to look at it.</summary>
    Failed,
}

/// <summary>A mail that has to leave, written in the transaction that caused it, and sent at least once with a stable Message-ID.</summary>
public sealed class OutboxMail
{
    /// <summary>The database's own number; mails leave in this order.</summary>
    public long Id { get; private set; }

    /// <summary>The customer that it is about; null for mails to the operator's people.</summary>
    public int? CustomerId { get; init; }

    /// <summary>The recipient's address.</summary>
    public required string To { get; init; }

    /// <summary>The subject line.</summary>
    public required string Subject { get; init; }

    /// <summary>The plain text part.</summary>
    public required string Text { get; init; }

    /// <summary>The HTML part.</summary>
    public required string Html { get; init; }

    /// <summary>Stable over attempts, so that a mail server can drop a repeat.</summary>
    public required string MessageId { get; init; }

    /// <summary>The value of the <c>Portal-Alert</c> header; null for a mail that is no alert.</summary>
    public string? AlertKind { get; init; }

    /// <summary>Whether it leaves at any hour; of a kind that is always urgent, each does.</summary>
    public bool IsUrgent { get; init; }

    /// <summary>The member who gets it as a copy; null for a mail to the customer's own address.</summary>
    public Guid? MemberId { get; init; }

    /// <summary>When members were given it too, in business time: as a mail of their own, and in the portal; null until then. Alerts only.</summary>
    public DateTimeOffset? SpreadAt { get; set; }

    /// <summary>Before when it does not leave, in business time: somebody's quiet hours; null for none.</summary>
    public DateTimeOffset? HoldUntil { get; init; }

    /// <summary>Where it stands.</summary>
    public MailState State { get; set; } = MailState.Queued;

    /// <summary>How often it was tried.</summary>
    public int Attempts { get; set; }

    /// <summary>When it is tried next, on the machine's clock: a mail server's pauses are real time.</summary>
    public required DateTimeOffset NextAttemptAt { get; set; }

    /// <summary>When it was written, in business time; the mail's date.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it left, in business time; null until then.</summary>
    public DateTimeOffset? SentAt { get; set; }

    /// <summary>What the last attempt ran into, in words for the operator; null where nothing.</summary>
    public string? LastError { get; set; }
}

internal sealed class OutboxTable : IEntityTypeConfiguration<OutboxMail>
{
    public void Configure(EntityTypeBuilder<OutboxMail> table)
    {
        table.ToTable("outbox_mails").HasKey(mail => mail.Id);
        table.HasIndex(mail => mail.MessageId).IsUnique();
        table.HasIndex(mail => mail.NextAttemptAt).HasFilter("state = 'Queued'");
        table.HasIndex(mail => mail.Id).HasFilter("alert_kind IS NOT NULL AND member_id IS NULL AND spread_at IS NULL").HasDatabaseName("ix_outbox_mails_unspread");
        table.HasOne<Customer>().WithMany().HasForeignKey(mail => mail.CustomerId);
        table.Property(mail => mail.State).HasConversion<string>().HasMaxLength(16);
    }
}
