using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Domain.Alerts;

/// <summary>Where a delivery stands.</summary>
public enum DeliveryState
{
    /// <summary>Waiting for its first or its next attempt.</summary>
    Pending,

    /// <summary>The endpoint answered 2xx.</summary>
    Delivered,

    /// <summary>Given up after three days of attempts; it can be replayed.</summary>
    Failed,
}

/// <summary>One event on its way to one endpoint.</summary>
public sealed class WebhookDelivery
{
    /// <summary>Identifies it; ascending in time.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>The endpoint.</summary>
    public required int EndpointId { get; init; }

    /// <summary>The event.</summary>
    public required Guid EventId { get; init; }

    /// <summary>Where it stands.</summary>
    public DeliveryState State { get; set; }

    /// <summary>Attempts so far, since it was made or last replayed.</summary>
    public int Attempts { get; set; }

    /// <summary>When it is tried next, on the machine's clock: an endpoint's pauses are real time. While it is being tried, when its claim ends.</summary>
    public required DateTimeOffset NextAttemptAt { get; set; }

    /// <summary>After this, on the machine's clock, a failure is final.</summary>
    public required DateTimeOffset GiveUpAt { get; set; }

    /// <summary>When it was made, in business time.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the endpoint took it, in business time; null until then.</summary>
    public DateTimeOffset? DeliveredAt { get; set; }
}

/// <summary>One attempt to deliver, as the delivery log shows it; never changed.</summary>
public sealed class WebhookAttempt
{
    /// <summary>The database's own number.</summary>
    public long Id { get; private set; }

    /// <summary>The delivery.</summary>
    public required Guid DeliveryId { get; init; }

    /// <summary>When, in business time.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The HTTP status of the answer; null where there was none.</summary>
    public int? Status { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    public required int Milliseconds { get; init; }

    /// <summary>What went wrong, in a sentence; null where nothing did.</summary>
    public string? Error { get; init; }

    /// <summary>The beginning of the answer's body; null where there was none.</summary>
    public string? Answer { get; init; }
}

internal sealed class WebhookDeliveriesTable : IEntityTypeConfiguration<WebhookDelivery>
{
    public void Configure(EntityTypeBuilder<WebhookDelivery> table)
    {
        table.ToTable("webhook_deliveries").HasKey(delivery => delivery.Id);
        table.Property(delivery => delivery.State).HasConversion<string>().HasMaxLength(16);
        table.HasIndex(delivery => new { delivery.EndpointId, delivery.EventId }).IsUnique();
        table.HasIndex(delivery => delivery.EventId);
        table.HasIndex(delivery => delivery.NextAttemptAt).HasFilter("state = 'Pending'");
        table.HasOne<WebhookEndpoint>().WithMany().HasForeignKey(delivery => delivery.EndpointId).OnDelete(DeleteBehavior.Cascade);
        table.HasOne<WebhookEvent>().WithMany().HasForeignKey(delivery => delivery.EventId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class WebhookAttemptsTable : IEntityTypeConfiguration<WebhookAttempt>
{
    public void Configure(EntityTypeBuilder<WebhookAttempt> table)
    {
        table.ToTable("webhook_attempts").HasKey(attempt => attempt.Id);
        table.HasIndex(attempt => attempt.DeliveryId);
        table.HasOne<WebhookDelivery>().WithMany().HasForeignKey(attempt => attempt.DeliveryId).OnDelete(DeleteBehavior.Cascade);
    }
}
