using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;

namespace Portal.Domain.Credits;

/// <summary>What credits are.</summary>
public enum CreditKind
{
    /// <summary>Paid for before: they pay what an invoice comes to, tax included.</summary>
    Prepaid,

    /// <summary>Given: they lower what is taxed.</summary>
    Promotional,
}

/// <summary>Credits that a customer was given at once, and what is left of them. Amounts are in minor units of <see cref="Currency"/>.</summary>
public sealed class CreditGrant
{
    /// <summary>The priority where none is said; lower ones are used first.</summary>
    public const int PriorityDefault = 50;

    /// <summary>Identifies the grant.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>Whose credits.</summary>
    public required int CustomerId { get; init; }

    /// <summary>What they are.</summary>
    public required CreditKind Kind { get; init; }

    /// <summary>What the customer reads; null for nothing.</summary>
    public string? Name { get; init; }

    /// <summary>ISO 4217 code.</summary>
    public required string Currency { get; init; }

    /// <summary>What was granted; more than zero.</summary>
    public required long Amount { get; init; }

    /// <summary>What is left; never below zero, which the database holds too.</summary>
    public required long Left { get; set; }

    /// <summary>Among credits that expire together, the lower number is used first.</summary>
    public required int Priority { get; init; }

    /// <summary>When what is left is lost, in business time; null for never. What was used before is paid, although its invoice comes later.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Until when what is left is kept for the invoice of the period in which it expired, in business time; null where nothing is kept.</summary>
    public DateTimeOffset? HeldUntil { get; set; }

    /// <summary>Keys of the prices that they pay for; empty for all.</summary>
    public required IReadOnlyList<string> AppliesTo { get; init; }

    /// <summary>The credit note that they were made of; null for others.</summary>
    public Guid? CreditNoteId { get; init; }

    /// <summary>When it was granted, in business time.</summary>
    public required DateTimeOffset GrantedAt { get; init; }

    /// <summary>Who granted it.</summary>
    public required string GrantedBy { get; init; }

    /// <summary>The invoice that sold it; null for what was given, or paid for elsewhere.</summary>
    public Guid? InvoiceId { get; init; }

    /// <summary>At most this share of <see cref="Amount"/>, in percent, moves into a new grant at expiry; null for nothing.</summary>
    public decimal? RolloverPercent { get; init; }

    /// <summary>How many days the new grant lasts, from the expiry of this one.</summary>
    public int RolloverDays { get; init; }

    /// <summary>The grant whose rest this one is; null for others. What was rolled over once is not rolled over again.</summary>
    public Guid? RolledFrom { get; init; }
}

/// <summary>What happened to credits.</summary>
public enum CreditMoveKind
{
    /// <summary>They were granted.</summary>
    Granted,

    /// <summary>An invoice used them.</summary>
    Used,

    /// <summary>They were not used in time.</summary>
    Expired,

    /// <summary>They were not used in time, and moved into a new grant.</summary>
    RolledOver,

    /// <summary>They had been bought, and a credit note gave their money back.</summary>
    TakenBack,
}

/// <summary>One thing that happened to a grant; written once. What was granted is what was used, expired and is left.</summary>
public sealed class CreditMove
{
    /// <summary>Identifies it.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>The grant.</summary>
    public required Guid GrantId { get; init; }

    /// <summary>Whose credits.</summary>
    public required int CustomerId { get; init; }

    /// <summary>What happened.</summary>
    public required CreditMoveKind Kind { get; init; }

    /// <summary>Minor units; more than zero.</summary>
    public required long Amount { get; init; }

    /// <summary>The number of the invoice that used them, or of the credit note that took them back; null for others.</summary>
    public string? Invoice { get; init; }

    /// <summary>When, in business time.</summary>
    public required DateTimeOffset At { get; init; }
}

internal sealed class CreditGrantsTable : IEntityTypeConfiguration<CreditGrant>
{
    public void Configure(EntityTypeBuilder<CreditGrant> table)
    {
        table.ToTable("credit_grants", rules => rules.HasCheckConstraint("ck_credit_grants_left", "\"left\" >= 0 AND \"left\" <= amount AND amount > 0")).HasKey(grant => grant.Id);
        table.Property(grant => grant.Id).ValueGeneratedNever();
        table.Property(grant => grant.Kind).HasConversion<string>().HasMaxLength(16);
        table.Property(grant => grant.AppliesTo).HasJsonColumn();
        table.HasIndex(grant => grant.CustomerId).HasFilter("\"left\" > 0");
        table.HasIndex(grant => grant.CreditNoteId).IsUnique().HasFilter("credit_note_id IS NOT NULL");
        table.HasIndex(grant => grant.InvoiceId).IsUnique();
        table.HasIndex(grant => grant.RolledFrom).IsUnique();
        table.HasOne<Customer>().WithMany().HasForeignKey(grant => grant.CustomerId);
        table.HasOne<Invoicing.Invoice>().WithMany().HasForeignKey(grant => grant.InvoiceId);
        table.HasOne<CreditGrant>().WithMany().HasForeignKey(grant => grant.RolledFrom);
    }
}

internal sealed class CreditMovesTable : IEntityTypeConfiguration<CreditMove>
{
    public void Configure(EntityTypeBuilder<CreditMove> table)
    {
        table.ToTable("credit_moves", rules => rules.HasCheckConstraint("ck_credit_moves_amount", "amount > 0")).HasKey(move => move.Id);
        table.Property(move => move.Id).ValueGeneratedNever();
        table.Property(move => move.Kind).HasConversion<string>().HasMaxLength(16);
        table.HasIndex(move => new { move.CustomerId, move.At });
        table.HasOne<CreditGrant>().WithMany().HasForeignKey(move => move.GrantId);
    }
}
