using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;

namespace Portal.Domain.Payments;

/// <summary>What a saved card is for.</summary>
public enum MethodUse
{
    /// <summary>Invoices are charged to it.</summary>
    Default,

    /// <summary>It is charged where the default one was declined.</summary>
    Backup,
}

/// <summary>A saved card: a customer has one by default, and at most one as its backup. Its number never comes here: the gateway keeps it and gives a token for it.</summary>
public sealed class PaymentMethod
{
    /// <summary>Identifies the method.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>Who pays with it.</summary>
    public required int CustomerId { get; init; }

    /// <summary>The gateway that knows the token.</summary>
    public required string Gateway { get; init; }

    /// <summary>What the gateway calls the card.</summary>
    public required string Token { get; init; }

    /// <summary>"Visa".</summary>
    public required string Brand { get; init; }

    /// <summary>The last four digits, by which its owner knows it.</summary>
    public required string Last4 { get; init; }

    /// <summary>The last month in which it can be charged, 1 to 12; null where the gateway did not say.</summary>
    public int? ExpiryMonth { get; init; }

    /// <summary>That month's year; null where the gateway did not say.</summary>
    public int? ExpiryYear { get; init; }

    /// <summary>How its owner knows it: "Visa ending in 4242".</summary>
    public string Name => $"{Brand} ending in {Last4}";

    /// <summary>What it is for.</summary>
    public required MethodUse Use { get; set; }

    /// <summary>When it was saved, in business time.</summary>
    public required DateTimeOffset SavedAt { get; init; }

    /// <summary>When its owner is warned next that it expires, in business time; null where that is not known, or was said as often as it is.</summary>
    public DateTimeOffset? ExpiryNoticeAt { get; set; }

    /// <summary>When another one took its place, or it was removed; null for one that is charged.</summary>
    public DateTimeOffset? ReplacedAt { get; set; }
}

/// <summary>The cards that a customer has saved.</summary>
/// <param name="Default">The one that invoices are charged to; null for none.</param>
/// <param name="Backup">The one that is charged where the default one was declined; null for none.</param>
public sealed record SavedMethods(PaymentMethod? Default, PaymentMethod? Backup)
{
    /// <summary>Both, the default one first.</summary>
    public IEnumerable<PaymentMethod> All => new[] { Default, Backup }.OfType<PaymentMethod>();
}

internal sealed class PaymentMethodsTable : IEntityTypeConfiguration<PaymentMethod>
{
    public void Configure(EntityTypeBuilder<PaymentMethod> table)
    {
        table.ToTable("payment_methods").HasKey(method => method.Id);
        table.Property(method => method.Id).ValueGeneratedNever();
        table.Property(method => method.Use).HasConversion<string>().HasMaxLength(16);
        table.HasIndex(method => new { method.CustomerId, method.Use }).IsUnique().HasFilter("replaced_at IS NULL");
        table.HasIndex(method => method.ExpiryNoticeAt).HasFilter("expiry_notice_at IS NOT NULL AND replaced_at IS NULL");
        table.HasOne<Customer>().WithMany().HasForeignKey(method => method.CustomerId);
    }
}
