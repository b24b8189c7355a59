using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;

namespace Portal.Domain.Payments;

/// <summary>Money of a payment that goes back to where it came from. It is stored before the gateway is asked; at most one of a payment is open, by a unique row.</summary>
public sealed class Refund
{
    /// <summary>Identifies the refund.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>The payment whose money goes back.</summary>
    public required Guid PaymentId { get; init; }

    /// <summary>The invoice that it paid.</summary>
    public required Guid InvoiceId { get; init; }

    /// <summary>The credit note that it pays out; null where the invoice is owed again instead.</summary>
    public Guid? CreditNoteId { get; init; }

    /// <summary>Who gets it.</summary>
    public required int CustomerId { get; init; }

    /// <summary>Minor units of the invoice's currency; more than zero.</summary>
    public required long Amount { get; init; }

    /// <summary>Where it stands.</summary>
    public required AttemptState State { get; set; }

    /// <summary>Why it goes back, in the operator's words.</summary>
    public string? Why { get; init; }

    /// <summary>Why it does not go back, as the gateway says it; null where it does.</summary>
    public string? Reason { get; set; }

    /// <summary>What the gateway calls it, or the bank; null until that is known.</summary>
    public string? Reference { get; set; }

    /// <summary>When it began, in business time.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Who began it.</summary>
    public required string StartedBy { get; init; }

    /// <summary>When the gateway is asked again what became of it, in business time; null once that is known.</summary>
    public DateTimeOffset? LookAt { get; set; }

    /// <summary>How often that was asked.</summary>
    public int Looks { get; set; }

    /// <summary>When its outcome was known, in business time; null until then.</summary>
    public DateTimeOffset? SettledAt { get; set; }

    /// <summary>What makes it one for the gateway, however often it is asked.</summary>
    public string Key => KeyPrefix + Id.ToString("N");

    /// <summary>Whether its outcome is still to be known.</summary>
    public bool IsOpen => State is AttemptState.Open or AttemptState.Unknown;

    /// <summary>What the keys of refunds begin with.</summary>
    internal const string KeyPrefix = "refund-";
}

internal sealed class RefundsTable : IEntityTypeConfiguration<Refund>
{
    public void Configure(EntityTypeBuilder<Refund> table)
    {
        table.ToTable("refunds", rules => rules.HasCheckConstraint("ck_refunds_amount", "amount > 0")).HasKey(refund => refund.Id);
        table.Property(refund => refund.Id).ValueGeneratedNever();
        table.Property(refund => refund.State).HasConversion<string>().HasMaxLength(16);
        table.HasIndex(refund => refund.PaymentId, "ix_refunds_open").IsUnique().HasFilter("state IN ('Open', 'Unknown')");
        table.HasIndex(refund => refund.InvoiceId);
        table.HasIndex(refund => refund.LookAt).HasFilter("look_at IS NOT NULL");
        table.Ignore(refund => refund.Key);
        table.Ignore(refund => refund.IsOpen);
        table.HasOne<Payment>().WithMany().HasForeignKey(refund => refund.PaymentId);
        table.HasOne<Invoice>().WithMany().HasForeignKey(refund => refund.InvoiceId);
        table.HasOne<Invoice>().WithMany().HasForeignKey(refund => refund.CreditNoteId);
        table.HasOne<Customer>().WithMany().HasForeignKey(refund => refund.CustomerId);
    }
}
