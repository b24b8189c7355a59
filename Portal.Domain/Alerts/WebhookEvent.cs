using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;

namespace Portal.Domain.Alerts;

/// <summary>Something that happened and that other systems may want to know, written in the transaction in which it happened.</summary>
public sealed class WebhookEvent
{
    /// <summary>Identifies it for receivers, the same in every attempt; ascending in time.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>What happened: one of <see cref="WebhookTypes"/>.</summary>
    public required string Type { get; init; }

    /// <summary>The customer that it is about.</summary>
    public required int CustomerId { get; init; }

    /// <summary>The facts, as a JSON object; amounts are decimal strings in major units.</summary>
    public required string Data { get; init; }

    /// <summary>When it happened, in business time.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was handed to the endpoints that listen, in business time; null until then.</summary>
    public DateTimeOffset? SpreadAt { get; set; }

    /// <summary>An event about a customer.</summary>
    /// <param name="type">One of <see cref="WebhookTypes"/>.</param>
    /// <param name="customer">The customer's number.</param>
    /// <param name="now">When it happened, in business time.</param>
    /// <param name="data">The facts.</param>
    public static WebhookEvent Of(string type, int customer, DateTimeOffset now, object data) =>
        new() { Type = type, CustomerId = customer, CreatedAt = now, Data = JsonSerializer.Serialize(data, JsonColumns.Options) };
}

/// <summary>What endpoints can listen to.</summary>
public static class WebhookTypes
{
    /// <summary>A threshold was crossed and its alert went out.</summary>
    public const string AlertRaised = "alert.raised";

    /// <summary>Access was closed by the operator, the customer or the spike protection.</summary>
    public const string CustomerPaused = "customer.paused";

    /// <summary>A pause was lifted.</summary>
    public const string CustomerResumed = "customer.resumed";

    /// <summary>An invoice was issued and has its number.</summary>
    public const string InvoiceFinalized = "invoice.finalized";

    /// <summary>An invoice is paid in full.</summary>
    public const string InvoicePaid = "invoice.paid";

    /// <summary>A card could not be charged for an invoice.</summary>
    public const string PaymentFailed = "payment.failed";

    /// <summary>A cap was set or changed.</summary>
    public const string LimitChanged = "limit.changed";

    /// <summary>A cap was removed.</summary>
    public const string LimitRemoved = "limit.removed";

    /// <summary>A trial delivery that a person asked for.</summary>
    public const string Test = "webhook.test";

    /// <summary>A member is told of an alert at its own address. The member chooses kinds of alerts for it, not events.</summary>
    public const string AlertTold = "alert.told";

    /// <summary>All that can be chosen, with the words for people.</summary>
    public static IReadOnlyList<(string Type, string Words)> All { get; } =
    [
        (AlertRaised, "A threshold is crossed"),
        (LimitChanged, "A cap is set or changed"),
        (LimitRemoved, "A cap is removed"),
        (CustomerPaused, "Access is paused"),
        (CustomerResumed, "A pause is lifted"),
        (InvoiceFinalized, "An invoice is issued"),
        (InvoicePaid, "An invoice is paid"),
        (PaymentFailed, "A card could not be charged"),
    ];
}

internal sealed class WebhookEventsTable : IEntityTypeConfiguration<WebhookEvent>
{
    public void Configure(EntityTypeBuilder<WebhookEvent> table)
    {
        table.ToTable("webhook_events").HasKey(happened => happened.Id);
        table.Property(happened => happened.Type).HasMaxLength(64);
        table.Property(happened => happened.Data).HasColumnType("jsonb");
        table.HasIndex(happened => happened.Id).HasFilter("spread_at IS NULL").HasDatabaseName("ix_webhook_events_unspread");
        table.HasIndex(happened => happened.CreatedAt);
        table.HasOne<Customer>().WithMany().HasForeignKey(happened => happened.CustomerId);
    }
}
