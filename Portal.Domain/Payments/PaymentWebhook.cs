using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Domain.Payments;

/// <summary>A message of the gateway, stored as it comes in and handled later: it may come twice, late, or in the wrong order. It moves no money: it is the reason to ask the gateway.</summary>
public sealed class PaymentWebhook
{
    /// <summary>The gateway's id of the message; a second one of the same id is dropped.</summary>
    public required string Id { get; init; }

    /// <summary>The gateway.</summary>
    public required string Gateway { get; init; }

    /// <summary>"charge.succeeded".</summary>
    public required string Type { get; init; }

    /// <summary>What it is about: the key of a charge or a refund, or the gateway's id of a page on which a card was saved.</summary>
    public required string ChargeKey { get; init; }

    /// <summary>When the gateway signed it, by its own clock; null where messages are not signed.</summary>
    public DateTimeOffset? SignedAt { get; init; }

    /// <summary>When it came in, in business time.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>When it is looked at again, in business time, after the gateway could not be asked; null before that.</summary>
    public DateTimeOffset? LookAt { get; set; }

    /// <summary>When it was handled; null while it waits.</summary>
    public DateTimeOffset? HandledAt { get; set; }
}

internal sealed class PaymentWebhooksTable : IEntityTypeConfiguration<PaymentWebhook>
{
    public void Configure(EntityTypeBuilder<PaymentWebhook> table)
    {
        table.ToTable("payment_webhooks").HasKey(webhook => new { webhook.Gateway, webhook.Id });
        table.HasIndex(webhook => webhook.ReceivedAt).HasFilter("handled_at IS NULL");
    }
}
