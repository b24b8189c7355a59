using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;

namespace Portal.Domain.Payments;

/// <summary>Where an attempt to charge stands.</summary>
public enum AttemptState
{
    /// <summary>The gateway is being asked.</summary>
    Open,

    /// <summary>The gateway gave no answer: the money may have moved or not. Nothing else is tried before that is known.</summary>
    Unknown,

    /// <summary>The money has moved.</summary>
    Succeeded,

    /// <summary>The money has not moved, and will not.</summary>
    Failed,
}

/// <summary>One attempt to charge an invoice. It is stored before the gateway is asked; at most one of an invoice is open, by a unique row.</summary>
public sealed class PaymentAttempt
{
    /// <summary>Identifies the attempt.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>The invoice.</summary>
    public required Guid InvoiceId { get; init; }

    /// <summary>Whose card is charged.</summary>
    public required int CustomerId { get; init; }

    /// <summary>1, 2, 3 … of its invoice.</summary>
    public required int N { get; init; }

    /// <summary>What is charged.</summary>
    public required Guid MethodId { get; init; }

    /// <summary>What that card was for then. A backup's attempt follows at once on the one before it, which was declined, and is one try with it.</summary>
    public required MethodUse Use { get; init; }

    /// <summary>Minor units of the invoice's currency; more than zero.</summary>
    public required long Amount { get; init; }

    /// <summary>Where it stands.</summary>
    public required AttemptState State { get; set; }

    /// <summary>Why it failed, as the gateway says it: <c>card_declined</c>; null where it did not.</summary>
    public string? Reason { get; set; }

    /// <summary>What the gateway calls the charge; null until that is known.</summary>
    public string? ChargeId { get; set; }

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

    /// <summary>The method.</summary>
    public PaymentMethod Method { get; init; } = null!;

    /// <summary>What makes the charge one for the gateway, however often it is asked: invoice and attempt.</summary>
    public string Key => KeyOf(InvoiceId, N);

    /// <summary>Whether its outcome is still to be known.</summary>
    public bool IsOpen => State is AttemptState.Open or AttemptState.Unknown;

    /// <summary>Whether a text has the form of a key: other charges at the gateway are not ours.</summary>
    public static bool IsKey(string? text) => text?.Split('-') is [var invoice, var n] && Guid.TryParseExact(invoice, "N", out _) && int.TryParse(n, System.Globalization.CultureInfo.InvariantCulture, out _);

    /// <summary>The key of an invoice's attempt.</summary>
    public static string KeyOf(Guid invoiceId, int n) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{invoiceId:N}-{n}");
}

internal sealed class PaymentAttemptsTable : IEntityTypeConfiguration<PaymentAttempt>
{
    public void Configure(EntityTypeBuilder<PaymentAttempt> table)
    {
        table.ToTable("payment_attempts", rules => rules.HasCheckConstraint("ck_payment_attempts_amount", "amount > 0")).HasKey(attempt => attempt.Id);
        table.Property(attempt => attempt.Id).ValueGeneratedNever();
        table.Property(attempt => attempt.Use).HasConversion<string>().HasMaxLength(16);
        table.Property(attempt => attempt.State).HasConversion<string>().HasMaxLength(16);
        table.HasIndex(attempt => new { attempt.InvoiceId, attempt.N }).IsUnique();
        table.HasIndex(attempt => attempt.InvoiceId, "ix_payment_attempts_open").IsUnique().HasFilter("state IN ('Open', 'Unknown')");
        table.HasIndex(attempt => attempt.LookAt).HasFilter("look_at IS NOT NULL");
        table.Ignore(attempt => attempt.Key);
        table.Ignore(attempt => attempt.IsOpen);
        table.HasOne<Invoice>().WithMany().HasForeignKey(attempt => attempt.InvoiceId);
        table.HasOne<Customer>().WithMany().HasForeignKey(attempt => attempt.CustomerId);
        table.HasOne(attempt => attempt.Method).WithMany().HasForeignKey(attempt => attempt.MethodId);
    }
}
