using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Storage;

namespace Portal.Domain.Invoicing;

/// <summary>The counter behind a gapless series of numbers; its row is the lock.</summary>
public sealed class NumberSeries
{
    private const string Invoices = "INV";
    private const string CreditNotes = "CN";

    /// <summary>The prefix of the series: "INV" or "CN".</summary>
    public required string Name { get; init; }

    /// <summary>The number given out last.</summary>
    public long Last { get; set; }

    /// <summary>The series that a kind of invoice is numbered in.</summary>
    public static string NameFor(InvoiceKind kind) => kind == InvoiceKind.CreditNote ? CreditNotes : Invoices;

    /// <summary>A number as it is printed: "INV-000123".</summary>
    public static string Format(string series, long number) => string.Create(CultureInfo.InvariantCulture, $"{series}-{number:D6}");

    /// <summary>Takes numbers out of a series, which stays locked until the transaction ends: what rolls back leaves no gap.</summary>
    /// <returns>The first of them.</returns>
    internal static async Task<long> Take(PortalDb db, string series, int count, CancellationToken cancellation)
    {
        var last = await db.Database
            .SqlQuery<long>($"UPDATE number_series SET last = last + {count} WHERE name = {series} RETURNING last AS \"Value\"")
            .ToListAsync(cancellation);
        return last.Single() - count + 1;
    }
}

internal sealed class NumberSeriesTable : IEntityTypeConfiguration<NumberSeries>
{
    public void Configure(EntityTypeBuilder<NumberSeries> table)
    {
        table.ToTable("number_series").HasKey(series => series.Name);
        table.HasData(new NumberSeries { Name = "INV" }, new NumberSeries { Name = "CN" });
    }
}
