using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Domain.Payments;

/// <summary>How a trial card answers.</summary>
public enum SandboxCardKind
{
    /// <summary>Every charge succeeds.</summary>
    Succeeds,

    /// <summary>Every charge is declined.</summary>
    Declined,

    /// <summary>Every charge is declined for want of money.</summary>
    InsufficientFunds,

    /// <summary>Every charge asks for its owner.</summary>
    NeedsAuthentication,

    /// <summary>The second charge of an invoice succeeds, the others are declined.</summary>
    SecondAttempt,
}

/// <summary>A card as the sandbox's card processor keeps it: by its behaviour, not by its number.</summary>
public sealed class SandboxCard
{
    /// <summary>What it is called by.</summary>
    public required string Token { get; init; }

    /// <summary>How it answers.</summary>
    public required SandboxCardKind Kind { get; init; }
}

/// <summary>A charge as the sandbox's card processor keeps it.</summary>
public sealed class SandboxCharge
{
    /// <summary>"ch_…".</summary>
    public required string Id { get; init; }

    /// <summary>The idempotency key: one charge each.</summary>
    public required string Key { get; init; }

    /// <summary>The card.</summary>
    public required string Token { get; init; }

    /// <summary>What is paid for.</summary>
    public required string Reference { get; init; }

    /// <summary>Minor units.</summary>
    public required long Amount { get; init; }

    /// <summary>ISO 4217 code.</summary>
    public required string Currency { get; init; }

    /// <summary>Whether the money has moved.</summary>
    public required bool Succeeded { get; init; }

    /// <summary>Why it did not; null where it did.</summary>
    public string? Reason { get; init; }

    /// <summary>When, in business time.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A refund as the sandbox's card processor keeps it.</summary>
public sealed class SandboxRefund
{
    /// <summary>"re_…".</summary>
    public required string Id { get; init; }

    /// <summary>The idempotency key: one refund each.</summary>
    public required string Key { get; init; }

    /// <summary>The charge whose money goes back.</summary>
    public required string ChargeId { get; init; }

    /// <summary>Minor units of the charge's currency.</summary>
    public required long Amount { get; init; }

    /// <summary>Why the money does not go back; null where it does.</summary>
    public string? Reason { get; init; }

    /// <summary>When, in business time.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A message that the sandbox's card processor has still to deliver.</summary>
public sealed class SandboxWebhook
{
    /// <summary>"evt_…".</summary>
    public required string Id { get; init; }

    /// <summary>The order in which the processor sends.</summary>
    public required int Sequence { get; init; }

    /// <summary>"charge.succeeded".</summary>
    public required string Type { get; init; }

    /// <summary>The key of the charge or refund.</summary>
    public required string ChargeKey { get; init; }

    /// <summary>When it is delivered, in business time.</summary>
    public required DateTimeOffset DeliverAt { get; init; }

    /// <summary>How often it is delivered: more than once where a fault says so.</summary>
    public required int Times { get; init; }

    /// <summary>When it was delivered; null before.</summary>
    public DateTimeOffset? DeliveredAt { get; set; }
}

internal sealed class SandboxCardsTable : IEntityTypeConfiguration<SandboxCard>
{
    public void Configure(EntityTypeBuilder<SandboxCard> table)
    {
        table.ToTable("sandbox_cards").HasKey(card => card.Token);
        table.Property(card => card.Kind).HasConversion<string>().HasMaxLength(24);
    }
}

internal sealed class SandboxChargesTable : IEntityTypeConfiguration<SandboxCharge>
{
    public void Configure(EntityTypeBuilder<SandboxCharge> table)
    {
        table.ToTable("sandbox_charges").HasKey(charge => charge.Id);
        table.HasIndex(charge => charge.Key).IsUnique();
        table.HasIndex(charge => charge.Reference);
    }
}

internal sealed class SandboxRefundsTable : IEntityTypeConfiguration<SandboxRefund>
{
    public void Configure(EntityTypeBuilder<SandboxRefund> table)
    {
        table.ToTable("sandbox_refunds", rules => rules.HasCheckConstraint("ck_sandbox_refunds_amount", "amount > 0")).HasKey(refund => refund.Id);
        table.HasIndex(refund => refund.Key).IsUnique();
        table.HasIndex(refund => refund.ChargeId);
    }
}

internal sealed class SandboxWebhooksTable : IEntityTypeConfiguration<SandboxWebhook>
{
    public void Configure(EntityTypeBuilder<SandboxWebhook> table)
    {
        table.ToTable("sandbox_webhooks").HasKey(webhook => webhook.Id);
        table.HasIndex(webhook => webhook.DeliverAt).HasFilter("delivered_at IS NULL");
    }
}
