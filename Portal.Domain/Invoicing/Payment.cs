using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Domain.Invoicing;

/// <summary>Money received for an invoice.</summary>
public sealed class Payment
{
    /// <summary>Money that came in by bank.</summary>
    public const string BankTransfer = "bank_transfer";

    /// <summary>Money that the saved card was charged.</summary>
    public const string Card = "card";

    /// <summary>What prepaid credits pay.</summary>
    public const string Prepaid = "prepaid_credits";

    /// <summary>What a credit note takes off.</summary>
    public const string CreditNote = "credit_note";

    /// <summary>Identifies the payment.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>The invoice that it pays.</summary>
    public Guid InvoiceId { get; init; }

    /// <summary>Minor units of the invoice's currency; more than zero.</summary>
    public required long Amount { get; init; }

    /// <summary>How it came: <see cref="BankTransfer"/>, <see cref="Card"/>, <see cref="Prepaid"/> or <see cref="CreditNote"/>.</summary>
    public required string Method { get; init; }

    /// <summary>What the bank statement says, the gateway's name of the charge, or the credit note's number; null where nothing.</summary>
    public string? Reference { get; init; }

    /// <summary>When it was received, in business time.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Who recorded it.</summary>
    public required string RecordedBy { get; init; }
}

internal sealed class PaymentsTable : IEntityTypeConfiguration<Payment>
{
    public void Configure(EntityTypeBuilder<Payment> table)
    {
        table.ToTable("payments", rules => rules.HasCheckConstraint("ck_payments_amount", "amount > 0")).HasKey(payment => payment.Id);

        // A payment that an invoice receives is new, although it has its id already.
        table.Property(payment => payment.Id).ValueGeneratedNever();
    }
}
