using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;

namespace Portal.Domain.Limits;

/// <summary>Where a reservation stands. One whose time is over holds nothing, whatever is stored.</summary>
public enum ReservationState
{
    /// <summary>It holds its amount until it ends or expires.</summary>
    Held,

    /// <summary>The work was done and its events were sent.</summary>
    Committed,

    /// <summary>The work was not done.</summary>
    Released,

    /// <summary>Its time was over before anybody ended it.</summary>
    Expired,
}

/// <summary>Room that is kept under a customer's cap for work that must not overrun it.</summary>
public sealed class Reservation
{
    /// <summary>The places that amounts are kept to.</summary>
    internal const int Places = 12;

    /// <summary>Identifies it; ascending in time.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>The customer.</summary>
    public required int CustomerId { get; init; }

    /// <summary>The feature that is used; null for usage in general.</summary>
    public string? Feature { get; init; }

    /// <summary>What is held of the cap, exact, in the customer's currency.</summary>
    public required decimal Amount { get; init; }

    /// <summary>What is held of the feature's units; null where only money is held.</summary>
    public decimal? Quantity { get; init; }

    /// <summary>The group of the feature's meter that the quantity belongs to, by its properties; empty for none.</summary>
    public required IReadOnlyDictionary<string, string> Group { get; init; }

    /// <summary>Where it stands.</summary>
    public ReservationState State { get; set; }

    /// <summary>When it was made, in business time.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>From when on it holds nothing, in business time.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When it ended, in business time; null while it holds.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>What the work came to, as the caller says, in the unit that was reserved; null where it did not say.</summary>
    public decimal? Actual { get; set; }

    /// <summary>Where it stands at an instant.</summary>
    public ReservationState StateAt(DateTimeOffset now) => State == ReservationState.Held && ExpiresAt <= now ? ReservationState.Expired : State;
}

internal sealed class ReservationsTable : IEntityTypeConfiguration<Reservation>
{
    public void Configure(EntityTypeBuilder<Reservation> table)
    {
        table.ToTable("reservations").HasKey(reservation => reservation.Id);
        table.HasIndex(reservation => new { reservation.CustomerId, reservation.ExpiresAt }).HasFilter("state = 'Held'");
        table.HasIndex(reservation => reservation.ExpiresAt);
        table.HasOne<Customer>().WithMany().HasForeignKey(reservation => reservation.CustomerId);
        table.Property(reservation => reservation.State).HasConversion<string>().HasMaxLength(16);
        table.Property(reservation => reservation.Feature).HasMaxLength(64);
        table.Property(reservation => reservation.Group).HasJsonColumn();
    }
}
