using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;

namespace Portal.Domain.Payments;

/// <summary>That a page of the gateway's own was opened for a customer to save a card on.</summary>
public sealed class CardSession
{
    /// <summary>What the gateway calls the page.</summary>
    public required string Id { get; init; }

    /// <summary>The gateway.</summary>
    public required string Gateway { get; init; }

    /// <summary>For whom it was opened.</summary>
    public required int CustomerId { get; init; }

    /// <summary>What the gateway calls the customer.</summary>
    public required string Account { get; init; }

    /// <summary>What the card is to be for.</summary>
    public required MethodUse Use { get; init; }

    /// <summary>When it was opened, in business time.</summary>
    public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>Who opened it.</summary>
    public required string OpenedBy { get; init; }

    /// <summary>When the card that was saved on it was taken over, or was too late for that; null until then.</summary>
    public DateTimeOffset? FinishedAt { get; set; }
}

internal sealed class CardSessionsTable : IEntityTypeConfiguration<CardSession>
{
    public void Configure(EntityTypeBuilder<CardSession> table)
    {
        table.ToTable("card_sessions").HasKey(session => session.Id);
        table.Property(session => session.Use).HasConversion<string>().HasMaxLength(16);
        table.HasIndex(session => new { session.CustomerId, session.OpenedAt });
        table.HasOne<Customer>().WithMany().HasForeignKey(session => session.CustomerId);
    }
}
