using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;

namespace Portal.Domain.Invoicing;

/// <summary>Something that the operator bills by hand: it stands on the next invoice that closes a period. It is written once, and taken back only while no issued invoice has it.</summary>
public sealed class OneOffLine
{
    /// <summary>Identifies it.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>Who pays.</summary>
    public required int CustomerId { get; init; }

    /// <summary>What the customer reads.</summary>
    public required string Description { get; init; }

    /// <summary>Minor units of <see cref="Currency"/>, before tax; below zero for what is taken off.</summary>
    public required long Amount { get; init; }

    /// <summary>ISO 4217 code.</summary>
    public required string Currency { get; init; }

    /// <summary>When it was added, in business time.</summary>
    public required DateTimeOffset AddedAt { get; init; }

    /// <summary>Who added it.</summary>
    public required string AddedBy { get; init; }

    /// <summary>The invoice that it was issued on; null while it waits.</summary>
    public Guid? InvoiceId { get; set; }
}

internal sealed class OneOffLinesTable : IEntityTypeConfiguration<OneOffLine>
{
    public void Configure(EntityTypeBuilder<OneOffLine> table)
    {
        table.ToTable("one_off_lines", rules => rules.HasCheckConstraint("ck_one_off_lines_amount", "amount <> 0")).HasKey(line => line.Id);
        table.Property(line => line.Id).ValueGeneratedNever();
        table.HasIndex(line => line.CustomerId).HasFilter("invoice_id IS NULL");
        table.HasOne<Customer>().WithMany().HasForeignKey(line => line.CustomerId);
        table.HasOne<Invoice>().WithMany().HasForeignKey(line => line.InvoiceId);
    }
}
