using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Domain.Metering;

/// <summary>A month of events that was taken out of the events table: its buckets stay, its events are in a table of the schema <c>archive</c>.</summary>
public sealed class ArchivedMonth
{
    /// <summary>The first day of the month, in UTC.</summary>
    public required DateOnly Month { get; init; }

    /// <summary>Its table, in the schema <c>archive</c>; the operator copies it elsewhere and drops it.</summary>
    public required string TableName { get; init; }

    /// <summary>When it was taken out, in business time.</summary>
    public required DateTimeOffset ArchivedAt { get; init; }
}

internal sealed class ArchivedMonthsTable : IEntityTypeConfiguration<ArchivedMonth>
{
    public void Configure(EntityTypeBuilder<ArchivedMonth> table) => table.ToTable("archived_months").HasKey(month => month.Month);
}
