using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;

namespace Portal.Domain.Metering;

/// <summary>An event that was acknowledged from the spool and that the database refused afterwards, with the reason: it waits for a person.</summary>
public sealed class RefusedEvent
{
    /// <summary>The database's own number.</summary>
    public long Id { get; private set; }

    /// <summary>The customer that it was sent for.</summary>
    public required int CustomerId { get; init; }

    /// <summary>The sender's id of the event.</summary>
    public required string EventId { get; init; }

    /// <summary>Its type.</summary>
    public required string Type { get; init; }

    /// <summary>When it happened, as the sender says.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>When it was received and acknowledged, in business time.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Its properties as JSON.</summary>
    public required string Properties { get; init; }

    /// <summary>Why it is in no number: one of <see cref="RejectionCode"/>.</summary>
    public required string Code { get; init; }

    /// <summary>The reason in a sentence.</summary>
    public required string Reason { get; init; }
}

internal sealed class RefusedEventsTable : IEntityTypeConfiguration<RefusedEvent>
{
    public void Configure(EntityTypeBuilder<RefusedEvent> table)
    {
        table.ToTable("refused_events").HasKey(refused => refused.Id);

        // A replay that is cut off begins again: the same event is noted once.
        table.HasIndex(refused => new { refused.CustomerId, refused.EventId, refused.ReceivedAt }).IsUnique();
        table.HasOne<Customer>().WithMany().HasForeignKey(refused => refused.CustomerId);
        table.Property(refused => refused.Properties).HasColumnType("jsonb");
    }
}
