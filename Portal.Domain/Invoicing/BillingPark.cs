using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;

namespace Portal.Domain.Invoicing;

/// <summary>That a customer's billing waits for a person, because something looked wrong: no invoice is issued and nothing charged until it is released.</summary>
/// <remarks>Metering, spend and access go on, and so does everyone else's billing (DESIGN.md 3, Guards).</remarks>
public sealed class BillingPark
{
    /// <summary>The database's own number.</summary>
    public long Id { get; private set; }

    /// <summary>The customer.</summary>
    public required int CustomerId { get; init; }

    /// <summary>What looked wrong, in a sentence with the figures.</summary>
    public required string Reason { get; init; }

    /// <summary>The draft that looked wrong; null where it is about how many there were.</summary>
    public Guid? InvoiceId { get; init; }

    /// <summary>When, in business time.</summary>
    public required DateTimeOffset ParkedAt { get; init; }

    /// <summary>When a person let it go on, in business time; null while it waits.</summary>
    public DateTimeOffset? ReleasedAt { get; set; }

    /// <summary>Who did; null while it waits.</summary>
    public string? ReleasedBy { get; set; }
}

internal sealed class BillingParksTable : IEntityTypeConfiguration<BillingPark>
{
    public void Configure(EntityTypeBuilder<BillingPark> table)
    {
        table.ToTable("billing_parks").HasKey(park => park.Id);
        table.HasIndex(park => park.CustomerId).IsUnique().HasFilter("released_at IS NULL").HasDatabaseName("ix_billing_parks_open");
        table.HasIndex(park => new { park.CustomerId, park.ReleasedAt });
        table.HasIndex(park => park.InvoiceId);
        table.HasOne<Customer>().WithMany().HasForeignKey(park => park.CustomerId);
        table.HasOne<Invoice>().WithMany().HasForeignKey(park => park.InvoiceId);
    }
}
