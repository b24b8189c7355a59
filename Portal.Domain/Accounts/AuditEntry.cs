using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Domain.Accounts;

/// <summary>Who changed what: a row written in the same transaction as the change, never updated.</summary>
public sealed class AuditEntry
{
    /// <summary>The database's own number.</summary>
    public long Id { get; private set; }

    /// <summary>When, in business time.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The person's e-mail address, or the API key's name and prefix.</summary>
    public required string Actor { get; init; }

    /// <summary>The customer concerned; null for the operator's own things.</summary>
    public int? CustomerId { get; init; }

    /// <summary>What was done, as <c>thing.verb</c>: <c>limit.set</c>.</summary>
    public required string Action { get; init; }

    /// <summary>What it was done to.</summary>
    public required string Subject { get; init; }

    /// <summary>The change in words or as JSON; never a secret.</summary>
    public string? Detail { get; init; }
}

internal sealed class AuditTable : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> table)
    {
        table.ToTable("audit_entries").HasKey(entry => entry.Id);
        table.HasIndex(entry => new { entry.CustomerId, entry.At });
        table.HasOne<Customer>().WithMany().HasForeignKey(entry => entry.CustomerId);
    }
}
