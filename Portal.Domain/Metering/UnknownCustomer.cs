using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Domain.Metering;

/// <summary>A customer that events were sent for and that does not exist: they were rejected and only counted, 7 days from the last.</summary>
public sealed class UnknownCustomer
{
    /// <summary>The most characters that are kept of a key; customers' keys are no longer than that.</summary>
    public const int KeyMax = 65;

    /// <summary>The key as it was sent, without control characters; one that is too long to be a key is cut and ends in "…".</summary>
    public required string Key { get; init; }

    /// <summary>How many events were rejected.</summary>
    public required long Events { get; init; }

    /// <summary>When the first of them came, in business time.</summary>
    public required DateTimeOffset FirstAt { get; init; }

    /// <summary>When the last of them came, in business time.</summary>
    public required DateTimeOffset LastAt { get; init; }
}

internal sealed class UnknownCustomersTable : IEntityTypeConfiguration<UnknownCustomer>
{
    public void Configure(EntityTypeBuilder<UnknownCustomer> table)
    {
        table.ToTable("unknown_customers").HasKey(unknown => unknown.Key);
        table.Property(unknown => unknown.Key).HasMaxLength(UnknownCustomer.KeyMax);
    }
}
