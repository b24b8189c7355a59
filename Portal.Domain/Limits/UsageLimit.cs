using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;

namespace Portal.Domain.Limits;

/// <summary>A limit that a customer sets on a part of its usage: a meter, a feature, the usage of an API key or of any other group. It counts per billing period, as the cap does.</summary>
public sealed class UsageLimit
{
    /// <summary>The database's own number.</summary>
    public int Id { get; private set; }

    /// <summary>The customer.</summary>
    public required int CustomerId { get; init; }

    /// <summary>The customer's own identifier of it.</summary>
    public required string Key { get; init; }

    /// <summary>The meter whose usage counts; null for that of the feature, or of every meter that knows the group.</summary>
    public string? Meter { get; set; }

    /// <summary>The feature whose meter counts, and which alone is refused; null for none.</summary>
    public string? Feature { get; set; }

    /// <summary>Picks groups by properties of events, such as <c>api_key</c>; empty for all usage of the meter or feature.</summary>
    public required IReadOnlyDictionary<string, string> Match { get; set; }

    /// <summary>The limit in major units of the customer's currency; null where units are limited.</summary>
    public decimal? Amount { get; set; }

    /// <summary>The limit in units of the meter; null where money is limited.</summary>
    public decimal? Quantity { get; set; }

    /// <summary>Hard or soft.</summary>
    public required LimitKind Kind { get; set; }

    /// <summary>The soft band in percent of the limit.</summary>
    public required decimal SoftPercent { get; set; }

    /// <summary>Percentages of the limit at which a mail goes out, ascending.</summary>
    public required int[] Alerts { get; set; }

    /// <summary>The limit, in money or units.</summary>
    public decimal Most => Amount ?? Quantity!.Value;

    /// <summary>Where access ends: the limit, or its soft bound.</summary>
    public decimal Bound => Kind switch
    {
        LimitKind.Hard => Most,
        LimitKind.Soft => Most * (1 + SoftPercent / 100),
    };

    /// <summary>Whether it counts what another one counts, in the same measure.</summary>
    public bool CountsLike(UsageLimit other) =>
        Meter == other.Meter && Feature == other.Feature && Amount is null == other.Amount is null && Match.Count == other.Match.Count && other.Covers(Match);

    /// <summary>Whether every property that it picks by has its value here.</summary>
    public bool Covers(IReadOnlyDictionary<string, string> group) => Match.All(pair => group.TryGetValue(pair.Key, out var value) && value == pair.Value);
}

/// <summary>What a limit on a part of usage has kept off the bill in a period before it was raised or removed; it stays off.</summary>
public sealed class ForgivenPart
{
    /// <summary>The customer.</summary>
    public required int CustomerId { get; init; }

    /// <summary>The key of the limit, which may be gone since.</summary>
    public required string LimitKey { get; init; }

    /// <summary>The start of the billing period.</summary>
    public required DateTimeOffset PeriodStart { get; init; }

    /// <summary>What is not billed at least, exact, in the customer's currency.</summary>
    public required decimal Amount { get; set; }
}

internal sealed class UsageLimitsTable : IEntityTypeConfiguration<UsageLimit>
{
    public void Configure(EntityTypeBuilder<UsageLimit> table)
    {
        table.ToTable("usage_limits", rules => rules.HasCheckConstraint("ck_usage_limits_measure", "num_nonnulls(amount, quantity) = 1"));
        table.HasKey(limit => limit.Id);
        table.HasIndex(limit => new { limit.CustomerId, limit.Key }).IsUnique();
        table.HasOne<Customer>().WithMany().HasForeignKey(limit => limit.CustomerId);
        table.Property(limit => limit.Key).HasMaxLength(64);
        table.Property(limit => limit.Meter).HasMaxLength(64);
        table.Property(limit => limit.Feature).HasMaxLength(64);
        table.Property(limit => limit.Match).HasJsonColumn();
        table.Property(limit => limit.Kind).HasConversion<string>().HasMaxLength(8);
        table.Ignore(limit => limit.Most);
        table.Ignore(limit => limit.Bound);
    }
}

internal sealed class ForgivenPartsTable : IEntityTypeConfiguration<ForgivenPart>
{
    public void Configure(EntityTypeBuilder<ForgivenPart> table)
    {
        table.ToTable("forgiven_parts").HasKey(forgiven => new { forgiven.CustomerId, forgiven.LimitKey, forgiven.PeriodStart });
        table.HasOne<Customer>().WithMany().HasForeignKey(forgiven => forgiven.CustomerId);
        table.Property(forgiven => forgiven.LimitKey).HasMaxLength(64);
    }
}
