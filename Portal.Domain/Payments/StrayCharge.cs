using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Domain.Payments;

/// <summary>A charge that moved money at the gateway and that nothing here knows of: after a restore from an older backup, the gateway is ahead. While one waits for a person, nothing is charged.</summary>
public sealed class StrayCharge
{
    /// <summary>The gateway.</summary>
    public required string Gateway { get; init; }

    /// <summary>What the gateway calls the charge.</summary>
    public required string ChargeId { get; init; }

    /// <summary>The key that it was asked for under.</summary>
    public required string Key { get; init; }

    /// <summary>What was paid for.</summary>
    public required string Reference { get; init; }

    /// <summary>Minor units of <see cref="Currency"/>.</summary>
    public required long Amount { get; init; }

    /// <summary>ISO 4217 code.</summary>
    public required string Currency { get; init; }

    /// <summary>When the gateway made it.</summary>
    public required DateTimeOffset ChargedAt { get; init; }

    /// <summary>When it was found, in business time.</summary>
    public required DateTimeOffset FoundAt { get; init; }

    /// <summary>When a person said that it is dealt with, in business time; null while it waits.</summary>
    public DateTimeOffset? ConfirmedAt { get; set; }

    /// <summary>Who said so.</summary>
    public string? ConfirmedBy { get; set; }
}

internal sealed class StrayChargesTable : IEntityTypeConfiguration<StrayCharge>
{
    public void Configure(EntityTypeBuilder<StrayCharge> table)
    {
        table.ToTable("stray_charges").HasKey(charge => new { charge.Gateway, charge.ChargeId });
        table.HasIndex(charge => charge.FoundAt).HasFilter("confirmed_at IS NULL");
    }
}
