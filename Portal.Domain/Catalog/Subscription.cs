using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Catalog;

/// <summary>A customer's agreement: since when, anchored on which day, and by which card in which phase.</summary>
public sealed class Subscription
{
    private DateTimeOffset? _endsAt;

    /// <summary>The database's own number.</summary>
    public int Id { get; private set; }

    /// <summary>The customer; one has at most one subscription that has not ended.</summary>
    public required int CustomerId { get; init; }

    /// <summary>When the first period begins.</summary>
    public required DateTimeOffset StartsAt { get; init; }

    /// <summary>The day of the month on which later periods begin, 1 to 31; shorter months begin on their last day.</summary>
    public required int AnchorDay { get; init; }

    /// <summary>The length of a period: month, quarter, year or week.</summary>
    public required BillingInterval Interval { get; init; }

    /// <summary>Until when nothing is charged; null for no trial.</summary>
    public DateTimeOffset? TrialEndsAt { get; set; }

    /// <summary>When it ends; null while it goes on. The period that contains it ends there.</summary>
    public DateTimeOffset? EndsAt
    {
        get => _endsAt;
        set => (_endsAt, BillAt) = (value, null);
    }

    /// <summary>Up to where periods have been closed into invoices: the start of the oldest open period.</summary>
    public required DateTimeOffset BilledUntil { get; set; }

    /// <summary>When the invoice run looks at it next: the end of the oldest open period. Null asks it to look at once, from the start on.</summary>
    /// <remarks>Whoever changes the phases sets it to null, so that a fee in advance that has become due is billed.</remarks>
    public DateTimeOffset? BillAt { get; set; }

    /// <summary>Which card holds from when, by time; the first begins with the subscription.</summary>
    public List<SubscriptionPhase> Phases { get; } = [];

    /// <summary>The customer.</summary>
    public Customer Customer { get; internal set; } = null!;

    /// <summary>The phase in force at an instant; the first also before its start.</summary>
    public SubscriptionPhase PhaseAt(DateTimeOffset at) =>
        Phases.Where(phase => phase.From <= at).MaxBy(phase => phase.From) ?? Phases.MinBy(phase => phase.From)!;
}

/// <summary>A stretch of a subscription with one card, pinned or following, its overrides, discounts and commitment.</summary>
public sealed class SubscriptionPhase
{
    /// <summary>The subscription.</summary>
    public int SubscriptionId { get; init; }

    /// <summary>From when the phase holds.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>The card.</summary>
    public required int RateCardId { get; set; }

    /// <summary>The version it stays on; null follows the newest.</summary>
    public int? PinnedVersion { get; set; }

    /// <summary>Prices that replace those of the same key, or are added.</summary>
    public List<Price> Overrides { get; set; } = [];

    /// <summary>What is taken off each period, in the order in which it is taken off.</summary>
    public List<Discount> Discounts { get; set; } = [];

    /// <summary>What the customer has agreed to spend in each period; null for nothing.</summary>
    public Commitment? Commitment { get; set; }

    /// <summary>The prices that hold: the card's, with the overrides in place of those of the same key, or added behind them.</summary>
    public IReadOnlyList<Price> PricesOn(RateCardContent card) =>
    [
        .. card.Prices.Select(price => Overrides.Find(other => other.Key == price.Key) ?? price),
        .. Overrides.Where(other => card.Prices.All(price => price.Key != other.Key)),
    ];

    /// <summary>Whether another phase says the same, whenever it begins.</summary>
    public bool SaysTheSameAs(SubscriptionPhase other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return RateCardId == other.RateCardId && PinnedVersion == other.PinnedVersion && Commitment == other.Commitment
            && Discounts.SequenceEqual(other.Discounts)
            && JsonSerializer.Serialize(Overrides, JsonColumns.Options) == JsonSerializer.Serialize(other.Overrides, JsonColumns.Options);
    }

    /// <summary>Takes over all that another phase says, but for when it begins.</summary>
    internal void Take(SubscriptionPhase other) => (RateCardId, PinnedVersion, Overrides, Discounts, Commitment) =
        (other.RateCardId, other.PinnedVersion, other.Overrides, other.Discounts, other.Commitment);
}

internal sealed class SubscriptionsTable : IEntityTypeConfiguration<Subscription>
{
    public void Configure(EntityTypeBuilder<Subscription> table)
    {
        table.ToTable("subscriptions").HasKey(subscription => subscription.Id);
        table.HasIndex(subscription => subscription.CustomerId).IsUnique().HasFilter("ends_at IS NULL");
        table.HasIndex(subscription => subscription.BillAt);
        table.HasOne(subscription => subscription.Customer).WithMany().HasForeignKey(subscription => subscription.CustomerId);
        table.Property(subscription => subscription.Interval).HasConversion<string>().HasMaxLength(16);
        table.HasMany(subscription => subscription.Phases).WithOne().HasForeignKey(phase => phase.SubscriptionId);
        table.Property<uint>("xmin").IsRowVersion();
    }
}

internal sealed class SubscriptionPhasesTable : IEntityTypeConfiguration<SubscriptionPhase>
{
    public void Configure(EntityTypeBuilder<SubscriptionPhase> table)
    {
        table.ToTable("subscription_phases").HasKey(phase => new { phase.SubscriptionId, phase.From });
        table.HasOne<RateCard>().WithMany().HasForeignKey(phase => phase.RateCardId);
        table.Property(phase => phase.Overrides).HasJsonColumn();
        table.Property(phase => phase.Discounts).HasJsonColumn().HasDefaultValueSql("'[]'");
        table.Property(phase => phase.Commitment).HasJsonColumn();
    }
}
