using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;

namespace Portal.Domain.Invoicing;

/// <summary>Where a question about an invoice stands.</summary>
public enum DisputeState
{
    /// <summary>The customer waits for an answer.</summary>
    Open,

    /// <summary>The operator has answered.</summary>
    Answered,

    /// <summary>There is nothing more to say.</summary>
    Closed,
}

/// <summary>A customer's question about an invoice or one of its lines, with what was said since. One that is not closed exists once per line, by a unique row.</summary>
public sealed class Dispute
{
    /// <summary>The line number of a question that is about the whole invoice.</summary>
    public const int WholeInvoice = 0;

    /// <summary>Identifies it.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>Who asks.</summary>
    public required int CustomerId { get; init; }

    /// <summary>The invoice.</summary>
    public required Guid InvoiceId { get; init; }

    /// <summary>The line, or <see cref="WholeInvoice"/>.</summary>
    public required int Line { get; init; }

    /// <summary>Where it stands.</summary>
    public required DisputeState State { get; set; }

    /// <summary>When it was asked, in business time.</summary>
    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>When something was said last, or it was closed.</summary>
    public required DateTimeOffset ChangedAt { get; set; }

    /// <summary>What was said, the first message first.</summary>
    public List<DisputeMessage> Messages { get; } = [];

    /// <summary>The invoice.</summary>
    public Invoice Invoice { get; init; } = null!;
}

/// <summary>What one side said about an invoice; written once.</summary>
public sealed class DisputeMessage
{
    /// <summary>Identifies it.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>The question.</summary>
    public Guid DisputeId { get; init; }

    /// <summary>Whether the operator said it.</summary>
    public required bool FromOperator { get; init; }

    /// <summary>Who said it.</summary>
    public required string Author { get; init; }

    /// <summary>What was said.</summary>
    public required string Text { get; init; }

    /// <summary>The number of the credit note that came with it; null for none.</summary>
    public string? CreditNote { get; init; }

    /// <summary>When, in business time.</summary>
    public required DateTimeOffset At { get; init; }
}

internal sealed class DisputesTable : IEntityTypeConfiguration<Dispute>
{
    public void Configure(EntityTypeBuilder<Dispute> table)
    {
        table.ToTable("disputes").HasKey(dispute => dispute.Id);
        table.Property(dispute => dispute.Id).ValueGeneratedNever();
        table.Property(dispute => dispute.State).HasConversion<string>().HasMaxLength(16);
        table.HasIndex(dispute => new { dispute.InvoiceId, dispute.Line }).IsUnique().HasFilter("state <> 'Closed'");
        table.HasIndex(dispute => new { dispute.State, dispute.ChangedAt });
        table.HasIndex(dispute => dispute.CustomerId);
        table.HasOne<Customer>().WithMany().HasForeignKey(dispute => dispute.CustomerId);
        table.HasOne(dispute => dispute.Invoice).WithMany().HasForeignKey(dispute => dispute.InvoiceId);
        table.HasMany(dispute => dispute.Messages).WithOne().HasForeignKey(message => message.DisputeId);
    }
}

internal sealed class DisputeMessagesTable : IEntityTypeConfiguration<DisputeMessage>
{
    public void Configure(EntityTypeBuilder<DisputeMessage> table)
    {
        table.ToTable("dispute_messages").HasKey(message => message.Id);
        table.Property(message => message.Id).ValueGeneratedNever();
    }
}
