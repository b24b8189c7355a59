using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;
using Portal.Domain.Credits;

namespace Portal.Domain.Invoicing;

/// <summary>Hours in which the product failed, and what customers were given for them. Applied once per customer, by a unique row.</summary>
public sealed class Outage
{
    /// <summary>The operator's own identifier: "2026-03-12-api".</summary>
    public required string Key { get; init; }

    /// <summary>What customers read.</summary>
    public required string Name { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>When it was over, not part of it.</summary>
    public required DateTimeOffset End { get; init; }

    /// <summary>The share of what was used in these hours that is given back, in percent.</summary>
    public required decimal Percent { get; init; }

    /// <summary>When it was first applied, in business time.</summary>
    public required DateTimeOffset AppliedAt { get; init; }

    /// <summary>Who applied it.</summary>
    public required string AppliedBy { get; init; }

    /// <summary>What was given, customer by customer.</summary>
    public List<OutageCredit> Credits { get; } = [];
}

/// <summary>What one customer was given for an outage.</summary>
public sealed class OutageCredit
{
    /// <summary>The outage.</summary>
    public required string OutageKey { get; init; }

    /// <summary>The customer.</summary>
    public required int CustomerId { get; init; }

    /// <summary>ISO 4217 code.</summary>
    public required string Currency { get; init; }

    /// <summary>What the usage cost, exact, in major units.</summary>
    public required decimal Cost { get; init; }

    /// <summary>What was given for it, in minor units; more than zero.</summary>
    public required long Amount { get; init; }

    /// <summary>The promotional credits.</summary>
    public required Guid GrantId { get; init; }
}

internal sealed class OutagesTable : IEntityTypeConfiguration<Outage>
{
    public void Configure(EntityTypeBuilder<Outage> table)
    {
        table.ToTable("outages").HasKey(outage => outage.Key);
        table.HasMany(outage => outage.Credits).WithOne().HasForeignKey(credit => credit.OutageKey);
    }
}

internal sealed class OutageCreditsTable : IEntityTypeConfiguration<OutageCredit>
{
    public void Configure(EntityTypeBuilder<OutageCredit> table)
    {
        table.ToTable("outage_credits", rules => rules.HasCheckConstraint("ck_outage_credits_amount", "amount > 0"))
            .HasKey(credit => new { credit.OutageKey, credit.CustomerId });
        table.HasOne<Customer>().WithMany().HasForeignKey(credit => credit.CustomerId);
        table.HasOne<CreditGrant>().WithOne().HasForeignKey<OutageCredit>(credit => credit.GrantId);
    }
}
