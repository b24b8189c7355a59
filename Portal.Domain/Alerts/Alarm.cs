using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;

namespace Portal.Domain.Alerts;

/// <summary>Something that the operator's people must look at. Customers never see it: what they are told is an <see cref="Alert"/>.</summary>
public sealed class Alarm
{
    /// <summary>The most characters of a key.</summary>
    public const int KeyMax = 200;

    /// <summary>The database's own number.</summary>
    public long Id { get; private set; }

    /// <summary>What it is about, as <c>part.trouble</c>: <c>spool.quarantine</c>. Of one key at most one alarm is open; raising it again counts it up.</summary>
    public required string Key { get; init; }

    /// <summary>What is the matter, in a sentence.</summary>
    public required string Title { get; init; }

    /// <summary>What happened last, what it means and what to do about it.</summary>
    public required string Text { get; init; }

    /// <summary>The customer concerned; null for none or many.</summary>
    public int? CustomerId { get; init; }

    /// <summary>How often it was raised while it was open.</summary>
    public required int Count { get; init; }

    /// <summary>When it was raised first, in business time.</summary>
    public required DateTimeOffset RaisedAt { get; init; }

    /// <summary>When it was raised last, in business time.</summary>
    public required DateTimeOffset LastAt { get; init; }

    /// <summary>When somebody saw to it, in business time; null while it is open.</summary>
    public DateTimeOffset? ClearedAt { get; set; }

    /// <summary>Who saw to it; null while it is open.</summary>
    public string? ClearedBy { get; set; }
}

internal sealed class AlarmsTable : IEntityTypeConfiguration<Alarm>
{
    public void Configure(EntityTypeBuilder<Alarm> table)
    {
        table.ToTable("alarms").HasKey(alarm => alarm.Id);
        table.HasIndex(alarm => alarm.Key).IsUnique().HasFilter("cleared_at IS NULL");
        table.HasOne<Customer>().WithMany().HasForeignKey(alarm => alarm.CustomerId);
        table.Property(alarm => alarm.Key).HasMaxLength(Alarm.KeyMax);
    }
}
