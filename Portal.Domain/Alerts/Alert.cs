using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;

namespace Portal.Domain.Alerts;

/// <summary>That a threshold was crossed: one row per customer, scope, period and threshold, written with its mail in one transaction.</summary>
public sealed class Alert
{
    /// <summary>The kind of alerts about the cap.</summary>
    public const string LimitKind = "limit";

    /// <summary>The kind of alerts about units that a plan includes.</summary>
    public const string IncludedKind = "included";

    /// <summary>The kind of alerts about prepaid credits.</summary>
    public const string CreditsKind = "credits";

    /// <summary>The kind of alerts about payment.</summary>
    public const string PaymentKind = "payment";

    /// <summary>The kind of alerts about a spike that paused access.</summary>
    public const string SpikeKind = "spike";

    /// <summary>The kind of alerts about how the period will likely end.</summary>
    public const string ForecastKind = "forecast";

    /// <summary>The scope of the cap's own thresholds.</summary>
    public const string CapScope = "cap";

    /// <summary>What the scope of a limit on a part of usage begins with, before the limit's key.</summary>
    public const string PartScope = "limit:";

    /// <summary>The database's own number.</summary>
    public long Id { get; private set; }

    /// <summary>The customer.</summary>
    public required int CustomerId { get; init; }

    /// <summary>The kind, as in the <c>Portal-Alert</c> header: the key of one of <see cref="AlertKind.All"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>What the threshold is of: <see cref="CapScope"/>, or a meter's or feature's key, or <see cref="PartScope"/> and a limit's.</summary>
    public required string Scope { get; init; }

    /// <summary>The start of the billing period.</summary>
    public required DateTimeOffset PeriodStart { get; init; }

    /// <summary>The threshold in percent.</summary>
    public required int Threshold { get; init; }

    /// <summary>The cap when it was crossed, in the customer's currency; a raised cap re-evaluates, so it is part of what makes an alert one.</summary>
    public required decimal Limit { get; init; }

    /// <summary>What was used when it was crossed, exact, in the customer's currency.</summary>
    public required decimal Used { get; init; }

    /// <summary>When, in business time.</summary>
    public required DateTimeOffset CrossedAt { get; init; }

    /// <summary>When usage was below the threshold again, in business time: after a correction or a raised limit; null while it is not. It does not arm the alert again.</summary>
    public DateTimeOffset? RecoveredAt { get; set; }

    /// <summary>The mail's Message-ID; null where a higher threshold crossed at once was mailed instead.</summary>
    public string? MessageId { get; set; }
}

internal sealed class AlertsTable : IEntityTypeConfiguration<Alert>
{
    public void Configure(EntityTypeBuilder<Alert> table)
    {
        table.ToTable("alerts").HasKey(alert => alert.Id);
        table.HasIndex(alert => new { alert.CustomerId, alert.Scope, alert.PeriodStart, alert.Threshold, alert.Limit }).IsUnique();
        table.HasOne<Customer>().WithMany().HasForeignKey(alert => alert.CustomerId);
    }
}
