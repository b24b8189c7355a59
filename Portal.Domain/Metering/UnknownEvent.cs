using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;

namespace Portal.Domain.Metering;

/// <summary>An event of a type that no meter reads: rejected, and kept for the operator, 7 days.</summary>
public sealed class UnknownEvent
{
    /// <summary>The database's own number.</summary>
    public long Id { get; private set; }

    /// <summary>The customer that it was sent for.</summary>
    public required int CustomerId { get; init; }

    /// <summary>The sender's id of the event.</summary>
    public required string EventId { get; init; }

    /// <summary>The type that no meter reads.</summary>
    public required string Type { get; init; }

    /// <summary>When it happened, as the sender says.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>When it was received, in business time.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Its properties as JSON.</summary>
    public required string Properties { get; init; }
}

internal sealed class UnknownEventsTable : IEntityTypeConfiguration<UnknownEvent>
{
    public void Configure(EntityTypeBuilder<UnknownEvent> table)
    {
        table.ToTable("unknown_events").HasKey(unknown => unknown.Id);
        table.HasIndex(unknown => new { unknown.CustomerId, unknown.EventId }).IsUnique();
        table.HasIndex(unknown => unknown.ReceivedAt);
        table.HasOne<Customer>().WithMany().HasForeignKey(unknown => unknown.CustomerId);
        table.Property(unknown => unknown.Properties).HasColumnType("jsonb");
    }
}
