using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What was forecast of a billing period in the night after one of its days, and what came: how good forecasts are is measured by these.</summary>
public sealed class StoredForecast
{
    /// <summary>The database's own number.</summary>
    public long Id { get; private set; }

    /// <summary>The customer.</summary>
    public required int CustomerId { get; init; }

    /// <summary>The subscription whose period it is.</summary>
    public required int SubscriptionId { get; init; }

    /// <summary>The start of the billing period.</summary>
    public required DateTimeOffset PeriodStart { get; init; }

    /// <summary>The end of the billing period, as it was known then.</summary>
    public required DateTimeOffset PeriodEnd { get; init; }

    /// <summary>The length of the customer's periods.</summary>
    public required BillingInterval Interval { get; init; }

    /// <summary>The days that were over.</summary>
    public required int Day { get; init; }

    /// <summary>When it was made, in business time.</summary>
    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>The lower end of the likely range, before the cap and tax, in the customer's currency.</summary>
    public required decimal Low { get; init; }

    /// <summary>The estimate.</summary>
    public required decimal Expected { get; init; }

    /// <summary>The upper end.</summary>
    public required decimal High { get; init; }

    /// <summary>When it was compared with what came, in business time; null until then.</summary>
    public DateTimeOffset? ScoredAt { get; set; }

    /// <summary>What the period came to, before the cap and tax; null until it is over.</summary>
    public decimal? Actual { get; set; }

    /// <summary>The quantities behind it.</summary>
    public List<StoredQuantity> Quantities { get; } = [];
}

/// <summary>What was forecast of a meter.</summary>
public sealed class StoredQuantity
{
    /// <summary>The forecast.</summary>
    public long ForecastId { get; init; }

    /// <summary>The meter.</summary>
    public required int MeterId { get; init; }

    /// <summary>What was used by then, in the meter's unit.</summary>
    public required decimal SoFar { get; init; }

    /// <summary>What was expected of the remaining days.</summary>
    public required decimal Remaining { get; init; }

    /// <summary>What they came to; null until the period is over.</summary>
    public decimal? Actual { get; set; }
}

internal sealed class StoredForecastsTable : IEntityTypeConfiguration<StoredForecast>
{
    public void Configure(EntityTypeBuilder<StoredForecast> table)
    {
        table.ToTable("forecasts").HasKey(forecast => forecast.Id);
        table.HasIndex(forecast => new { forecast.CustomerId, forecast.PeriodStart, forecast.Day }).IsUnique();
        table.HasIndex(forecast => forecast.PeriodEnd).HasFilter("scored_at IS NULL");
        table.HasIndex(forecast => new { forecast.Interval, forecast.Day });
        table.HasIndex(forecast => forecast.ScoredAt);
        table.HasOne<Customer>().WithMany().HasForeignKey(forecast => forecast.CustomerId);
        table.HasOne<Subscription>().WithMany().HasForeignKey(forecast => forecast.SubscriptionId);
        table.Property(forecast => forecast.Interval).HasConversion<string>().HasMaxLength(16);
        table.HasMany(forecast => forecast.Quantities).WithOne().HasForeignKey(quantity => quantity.ForecastId);
    }
}

internal sealed class StoredQuantitiesTable : IEntityTypeConfiguration<StoredQuantity>
{
    public void Configure(EntityTypeBuilder<StoredQuantity> table)
    {
        table.ToTable("forecast_quantities").HasKey(quantity => new { quantity.ForecastId, quantity.MeterId });
        table.HasOne<Meter>().WithMany().HasForeignKey(quantity => quantity.MeterId);
    }
}
