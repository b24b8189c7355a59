using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;

namespace Portal.Domain.Metering;

/// <summary>That a customer's usage is counted anew from its events: all of it, or that of one meter which counts earlier events from now on.</summary>
/// <remarks>The row is the claim and the progress: whoever holds its lock works on it, a stretch of time in each transaction, and any node goes on where one stopped.</remarks>
public sealed class Recount
{
    /// <summary>The database's own number.</summary>
    public long Id { get; private set; }

    /// <summary>Whose usage.</summary>
    public required int CustomerId { get; init; }

    /// <summary>The meter that is back-filled; null where all of the customer's usage is rebuilt.</summary>
    public int? MeterId { get; init; }

    /// <summary>Who asked.</summary>
    public required string Actor { get; init; }

    /// <summary>When somebody asked, in business time.</summary>
    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>Where it begins; null until it has begun.</summary>
    public DateTimeOffset? From { get; set; }

    /// <summary>How far it has come: what happened before is counted anew. Null until it has begun.</summary>
    public DateTimeOffset? DoneTo { get; set; }

    /// <summary>Where it ends; null until it has begun.</summary>
    public DateTimeOffset? Until { get; set; }

    /// <summary>How many readings it counted so far.</summary>
    public long Readings { get; set; }

    /// <summary>How many buckets had other figures than the events say.</summary>
    public long Differences { get; set; }

    /// <summary>The customer's usage version of its last transaction: what it added is known from there on.</summary>
    public long Version { get; set; }

    /// <summary>When it was done or given up, in business time; null while it is under way.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>Why it was given up; null where it was not.</summary>
    public string? Error { get; set; }

    /// <summary>How far it has come, in whole percent of the time that it covers.</summary>
    public int Percent => EndedAt is not null && Error is null ? 100
        : From is { } from && DoneTo is { } done && Until is { } until && until > from ? (int)((done - from).Ticks * 100m / (until - from).Ticks)
        : 0;
}

internal sealed class RecountsTable : IEntityTypeConfiguration<Recount>
{
    public void Configure(EntityTypeBuilder<Recount> table)
    {
        table.ToTable("recounts").HasKey(recount => recount.Id);
        table.HasOne<Customer>().WithMany().HasForeignKey(recount => recount.CustomerId);
        table.HasOne<Meter>().WithMany().HasForeignKey(recount => recount.MeterId);

        // One that is under way for each thing, whoever asks twice.
        table.HasIndex(recount => recount.CustomerId, "ux_recounts_rebuild").IsUnique().HasFilter("ended_at IS NULL AND meter_id IS NULL");
        table.HasIndex(recount => new { recount.CustomerId, recount.MeterId }, "ux_recounts_backfill").IsUnique().HasFilter("ended_at IS NULL AND meter_id IS NOT NULL");
        table.HasIndex(recount => new { recount.MeterId, recount.CustomerId });
        table.HasIndex(recount => recount.Id, "ix_recounts_open").HasFilter("ended_at IS NULL");
    }
}
