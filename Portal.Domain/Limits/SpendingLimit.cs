using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;

namespace Portal.Domain.Limits;

/// <summary>How a cap stops.</summary>
public enum LimitKind
{
    /// <summary>Access is refused at 100 %.</summary>
    Hard,

    /// <summary>Mail at 100 %; access is refused at 100 % plus the soft band.</summary>
    Soft,
}

/// <summary>The monthly cap that a customer sets for itself, in the customer's currency, on usage after discounts and before tax.</summary>
public sealed class SpendingLimit
{
    /// <summary>The soft band where none is given, in percent of the cap.</summary>
    public const decimal SoftPercentDefault = 10m;

    /// <summary>The customer; one cap each.</summary>
    public required int CustomerId { get; init; }

    /// <summary>The cap, in major units of the customer's currency.</summary>
    public required decimal Amount { get; set; }

    /// <summary>Hard or soft.</summary>
    public required LimitKind Kind { get; set; }

    /// <summary>The soft band in percent of the cap.</summary>
    public required decimal SoftPercent { get; set; }

    /// <summary>Percentages of the cap at which a mail goes out, ascending.</summary>
    public required int[] Alerts { get; set; }

    /// <summary>False where the operator has turned the protection off: usage above the cap is billed, access is not refused.</summary>
    public required bool Enforced { get; set; }

    /// <summary>Whether a mail goes out when the forecast of the period first comes to lie above the cap.</summary>
    public bool ForecastAlert { get; set; }

    /// <summary>The amount at which access ends: the cap, or its soft bound.</summary>
    public decimal Bound => Kind switch
    {
        LimitKind.Hard => Amount,
        LimitKind.Soft => Amount * (1 + SoftPercent / 100),
    };
}

/// <summary>What a cap has kept off the bill in a period before it was raised or removed; it stays off (DESIGN.md 3, Limits).</summary>
public sealed class ForgivenUsage
{
    /// <summary>The customer.</summary>
    public required int CustomerId { get; init; }

    /// <summary>The start of the billing period.</summary>
    public required DateTimeOffset PeriodStart { get; init; }

    /// <summary>What is not billed at least, exact, in the customer's currency.</summary>
    public required decimal Amount { get; set; }
}

internal sealed class SpendingLimitsTable : IEntityTypeConfiguration<SpendingLimit>
{
    public void Configure(EntityTypeBuilder<SpendingLimit> table)
    {
        table.ToTable("spending_limits", rules => rules.HasCheckConstraint("ck_spending_limits_amount", "amount >= 0"));
        table.HasKey(limit => limit.CustomerId);
        table.HasOne<Customer>().WithOne().HasForeignKey<SpendingLimit>(limit => limit.CustomerId);
        table.Property(limit => limit.Kind).HasConversion<string>().HasMaxLength(8);
        table.Ignore(limit => limit.Bound);
    }
}

internal sealed class ForgivenUsageTable : IEntityTypeConfiguration<ForgivenUsage>
{
    public void Configure(EntityTypeBuilder<ForgivenUsage> table)
    {
        table.ToTable("forgiven_usage").HasKey(forgiven => new { forgiven.CustomerId, forgiven.PeriodStart });
        table.HasOne<Customer>().WithMany().HasForeignKey(forgiven => forgiven.CustomerId);
    }
}
