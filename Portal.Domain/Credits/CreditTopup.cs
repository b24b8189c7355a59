using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;

namespace Portal.Domain.Credits;

/// <summary>Where a purchase of credits stands.</summary>
public enum TopupState
{
    /// <summary>The card is being charged, or its outcome is not known yet.</summary>
    Open,

    /// <summary>The money came in, and the credits are there.</summary>
    Paid,

    /// <summary>The card was not charged: nothing was bought, and nothing is owed.</summary>
    Failed,
}

/// <summary>A purchase of prepaid credits. A customer has at most one that is open, by a unique row.</summary>
public sealed class CreditTopup
{
    /// <summary>Its invoice, which is issued with the money.</summary>
    public required Guid InvoiceId { get; init; }

    /// <summary>Who buys.</summary>
    public required int CustomerId { get; init; }

    /// <summary>What is bought, minor units of the customer's currency.</summary>
    public required long Amount { get; init; }

    /// <summary>Whether it was bought by itself, under the customer's rule.</summary>
    public required bool IsAutomatic { get; init; }

    /// <summary>Where it stands.</summary>
    public required TopupState State { get; set; }

    /// <summary>Why it failed, as the gateway says it: <c>card_declined</c>; null where it did not.</summary>
    public string? Reason { get; set; }

    /// <summary>When it began, in business time.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Who began it.</summary>
    public required string StartedBy { get; init; }

    /// <summary>When its outcome was known, in business time; null until then.</summary>
    public DateTimeOffset? SettledAt { get; set; }
}

/// <summary>A customer's rule for buying credits by itself: below one balance, buy an amount, at most so much in a month. Amounts are in minor units.</summary>
public sealed class AutoTopup
{
    /// <summary>The customer.</summary>
    public required int CustomerId { get; init; }

    /// <summary>Credits are bought when the live balance falls below this; more than zero.</summary>
    public required long Below { get; set; }

    /// <summary>What is bought at once; more than zero.</summary>
    public required long Amount { get; set; }

    /// <summary>The most that is bought by itself in a calendar month of the customer's zone.</summary>
    public required long MonthlyMax { get; set; }

    /// <summary>When a charge failed, or bought credits were taken back, and the rule stopped, in business time; null while it works. Setting the rule again lets it go on.</summary>
    public DateTimeOffset? PausedAt { get; set; }

    /// <summary>Why it stopped, as the gateway says it, or <c>credits_taken_back</c>; null while it works.</summary>
    public string? PausedFor { get; set; }

    /// <summary>When it was set, in business time.</summary>
    public required DateTimeOffset SetAt { get; set; }

    /// <summary>Who set it.</summary>
    public required string SetBy { get; set; }
}

internal sealed class CreditTopupsTable : IEntityTypeConfiguration<CreditTopup>
{
    public void Configure(EntityTypeBuilder<CreditTopup> table)
    {
        table.ToTable("credit_topups", rules => rules.HasCheckConstraint("ck_credit_topups_amount", "amount > 0")).HasKey(topup => topup.InvoiceId);
        table.Property(topup => topup.State).HasConversion<string>().HasMaxLength(16);
        table.HasIndex(topup => topup.CustomerId).IsUnique().HasFilter("state = 'Open'").HasDatabaseName("ix_credit_topups_open");
        table.HasIndex(topup => new { topup.CustomerId, topup.StartedAt });
        table.HasOne<Invoice>().WithOne().HasForeignKey<CreditTopup>(topup => topup.InvoiceId);
        table.HasOne<Customer>().WithMany().HasForeignKey(topup => topup.CustomerId);
    }
}

internal sealed class AutoTopupsTable : IEntityTypeConfiguration<AutoTopup>
{
    public void Configure(EntityTypeBuilder<AutoTopup> table)
    {
        table.ToTable("auto_topups", rules => rules.HasCheckConstraint("ck_auto_topups_amounts", "below > 0 AND amount > 0 AND monthly_max >= amount")).HasKey(rule => rule.CustomerId);
        table.Property(rule => rule.CustomerId).ValueGeneratedNever();
        table.HasOne<Customer>().WithOne().HasForeignKey<AutoTopup>(rule => rule.CustomerId);
    }
}
