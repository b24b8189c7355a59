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

    /// <summary>How far each series has come.</summary>
    internal static async Task<IReadOnlyList<NumberStand>> Stands(PortalDb db, CancellationToken cancellation) =>
    [
        .. await db.Set<NumberSeries>().OrderByDescending(series => series.Name)
            .Select(series => new NumberStand(series.Name, series.Last, db.Invoices.Count(invoice => invoice.Number!.StartsWith(series.Name + "-"))))
            .ToListAsync(cancellation),
    ];
}

/// <summary>How far a series has come, and whether each of its numbers stands on a document.</summary>
/// <param name="Name">The series: "INV" or "CN".</param>
/// <param name="Last">The number given out last; 0 for none.</param>
/// <param name="Documents">How many documents have a number of it. No number stands on two.</param>
public sealed record NumberStand(string Name, long Last, long Documents)
{
    /// <summary>Whether the numbers run from 1 to the last one without a gap.</summary>
    public bool IsWhole => Last == Documents;
}

internal sealed class NumberSeriesTable : IEntityTypeConfiguration<NumberSeries>
{
    public void Configure(EntityTypeBuilder<NumberSeries> table)
    {
        table.ToTable("number_series").HasKey(series => series.Name);
        table.HasData(new NumberSeries { Name = "INV" }, new NumberSeries { Name = "CN" });
    }
}
