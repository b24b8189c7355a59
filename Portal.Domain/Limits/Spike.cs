using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;

namespace Portal.Domain.Limits;

/// <summary>The spike rule that a customer, or the operator for it, has set in place of <see cref="SpikeRule.Default"/>.</summary>
public sealed class SpikeSetting
{
    /// <summary>The customer; one rule each.</summary>
    public required int CustomerId { get; init; }

    /// <summary>The increase over what is usual, in percent.</summary>
    public required decimal Percent { get; set; }

    /// <summary>Activity an hour below which nothing is a spike, in the customer's currency.</summary>
    public required decimal Floor { get; set; }

    /// <summary>Whether the rule is looked at.</summary>
    public required bool On { get; set; }

    /// <summary>The same as a rule.</summary>
    public SpikeRule Rule => new(Percent, Floor, On);
}

/// <summary>A spike that paused a customer: what was usual, what came, who was told and what became of it.</summary>
public sealed class Spike
{
    /// <summary>How long the link in its mail works, once.</summary>
    public static readonly TimeSpan LinkTime = TimeSpan.FromDays(7);

    /// <summary>The database's own number.</summary>
    public long Id { get; private set; }

    /// <summary>The customer.</summary>
    public required int CustomerId { get; init; }

    /// <summary>When it was found, in business time.</summary>
    public required DateTimeOffset FoundAt { get; init; }

    /// <summary>The start of the later one of its two windows.</summary>
    public required DateTimeOffset WindowStart { get; init; }

    /// <summary>The activity in that window by then, in the customer's currency.</summary>
    public required decimal Value { get; init; }

    /// <summary>What is usual in it.</summary>
    public required decimal Baseline { get; init; }

    /// <summary>The highest of the windows that say what is usual.</summary>
    public required decimal Highest { get; init; }

    /// <summary>The percentage of the rule that it broke.</summary>
    public required decimal RulePercent { get; init; }

    /// <summary>The Message-ID of the mail to the customer.</summary>
    public required string MessageId { get; init; }

    /// <summary>SHA-256 of the token in the mail's link.</summary>
    public required byte[] LinkHash { get; init; }

    /// <summary>When access was resumed, in business time; null while the pause holds.</summary>
    public DateTimeOffset? ResumedAt { get; set; }

    /// <summary>Who resumed it, or "link" for the mail's; null while the pause holds.</summary>
    public string? ResumedBy { get; set; }

    /// <summary>Who said that it was no spike; null where nobody did.</summary>
    public string? FalsePositiveBy { get; set; }
}

internal sealed class SpikeSettingsTable : IEntityTypeConfiguration<SpikeSetting>
{
    public void Configure(EntityTypeBuilder<SpikeSetting> table)
    {
        table.ToTable("spike_rules", rules => rules.HasCheckConstraint("ck_spike_rules_percent", "percent > 0 AND floor >= 0"));
        table.HasKey(setting => setting.CustomerId);
        table.HasOne<Customer>().WithOne().HasForeignKey<SpikeSetting>(setting => setting.CustomerId);
        table.Ignore(setting => setting.Rule);
    }
}

internal sealed class SpikesTable : IEntityTypeConfiguration<Spike>
{
    public void Configure(EntityTypeBuilder<Spike> table)
    {
        table.ToTable("spikes").HasKey(spike => spike.Id);
        table.HasIndex(spike => spike.CustomerId).IsUnique().HasFilter("resumed_at IS NULL");
        table.HasIndex(spike => new { spike.CustomerId, spike.FoundAt });
        table.HasIndex(spike => spike.LinkHash).IsUnique();
        table.HasOne<Customer>().WithMany().HasForeignKey(spike => spike.CustomerId);
    }
}
