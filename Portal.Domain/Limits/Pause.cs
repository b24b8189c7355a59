using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;

namespace Portal.Domain.Limits;

/// <summary>Who or what paused a customer, in the order in which access names its reason.</summary>
public enum PauseCause
{
    /// <summary>One of the operator's people.</summary>
    Operator,

    /// <summary>The customer itself.</summary>
    Customer,

    /// <summary>The kill switch.</summary>
    Spike,
}

/// <summary>A stretch of time in which a customer is paused. Events received more than <see cref="Grace"/> after its start are stored as not billable.</summary>
public sealed class Pause
{
    /// <summary>How long after a pause work that was under way may still be reported and billed.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    /// <summary>The database's own number.</summary>
    public int Id { get; private set; }

    /// <summary>The customer.</summary>
    public required int CustomerId { get; init; }

    /// <summary>Who or what paused.</summary>
    public required PauseCause Cause { get; init; }

    /// <summary>From when, in business time.</summary>
    public required DateTimeOffset PausedAt { get; init; }

    /// <summary>Until when; null while it holds.</summary>
    public DateTimeOffset? ResumedAt { get; set; }

    /// <summary>Who did it.</summary>
    public required string Actor { get; init; }

    /// <summary>Why, in a sentence that the customer may read; null where nothing was said.</summary>
    public string? Reason { get; init; }
}

internal sealed class PausesTable : IEntityTypeConfiguration<Pause>
{
    public void Configure(EntityTypeBuilder<Pause> table)
    {
        table.ToTable("pauses").HasKey(pause => pause.Id);
        table.HasIndex(pause => new { pause.CustomerId, pause.Cause }).IsUnique().HasFilter("resumed_at IS NULL");
        table.HasOne<Customer>().WithMany().HasForeignKey(pause => pause.CustomerId);
        table.Property(pause => pause.Cause).HasConversion<string>().HasMaxLength(16);
    }
}
