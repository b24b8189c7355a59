using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Storage;

namespace Portal.Domain.Catalog;

/// <summary>A price list with one draft and any number of published versions, which never change.</summary>
public sealed class RateCard
{
    /// <summary>The database's own number.</summary>
    public int Id { get; private set; }

    /// <summary>The operator's identifier: a-z, 0-9, '.', '_', '-', up to 64.</summary>
    public required string Key { get; init; }

    /// <summary>What is being edited; null where nothing has been changed since the last publication.</summary>
    public RateCardContent? Draft { get; set; }

    /// <summary>When the draft was last saved, in business time.</summary>
    public DateTimeOffset? DraftSavedAt { get; set; }

    /// <summary>Since when no new subscription may take it, in business time; null while it may. Those who are on it stay.</summary>
    public DateTimeOffset? RetiredAt { get; set; }

    /// <summary>The published versions, by number.</summary>
    public List<RateCardVersion> Versions { get; } = [];

    /// <summary>Names the state of the card: another one after each saved draft and each publication.</summary>
    public string Revision => string.Create(CultureInfo.InvariantCulture, $"{Versions.Count}/{DraftSavedAt?.UtcTicks}");

    /// <summary>The version in force at an instant; the first also covers all time before it. Null where nothing is published.</summary>
    public RateCardVersion? VersionAt(DateTimeOffset at) =>
        Versions.Where(version => version.EffectiveFrom <= at).OrderBy(version => version.EffectiveFrom).ThenBy(version => version.Number).LastOrDefault()
        ?? Versions.MinBy(version => version.Number);

    /// <summary>What a person sees: the draft where there is one, else the newest version.</summary>
    public RateCardContent Newest() => Draft ?? Versions.MaxBy(version => version.Number)!.Content;
}

/// <summary>A frozen state of a rate card.</summary>
public sealed class RateCardVersion
{
    /// <summary>The card.</summary>
    public int RateCardId { get; init; }

    /// <summary>1, 2, 3 … in the order of publication.</summary>
    public required int Number { get; init; }

    /// <summary>From when it is in force, in business time.</summary>
    public required DateTimeOffset EffectiveFrom { get; init; }

    /// <summary>What it says.</summary>
    public required RateCardContent Content { get; init; }

    /// <summary>When it was published, in business time.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>Who published it.</summary>
    public required string PublishedBy { get; init; }
}

internal sealed class RateCardsTable : IEntityTypeConfiguration<RateCard>
{
    public void Configure(EntityTypeBuilder<RateCard> table)
    {
        table.ToTable("rate_cards").HasKey(card => card.Id);
        table.HasIndex(card => card.Key).IsUnique();
        table.Ignore(card => card.Revision);
        table.Property(card => card.Draft).HasJsonColumn();
        table.HasMany(card => card.Versions).WithOne().HasForeignKey(version => version.RateCardId);
        table.Property<uint>("xmin").IsRowVersion();
    }
}

internal sealed class RateCardVersionsTable : IEntityTypeConfiguration<RateCardVersion>
{
    public void Configure(EntityTypeBuilder<RateCardVersion> table)
    {
        table.ToTable("rate_card_versions").HasKey(version => new { version.RateCardId, version.Number });
        table.Property(version => version.Content).HasJsonColumn();
    }
}
