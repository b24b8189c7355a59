using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Storage;

namespace Portal.Domain.Invoicing;

/// <summary>What a line bills.</summary>
public enum LineKind
{
    /// <summary>Usage of a price.</summary>
    Usage,

    /// <summary>A recurring fee.</summary>
    Fee,

    /// <summary>What raises a period to what was agreed to be spent.</summary>
    Commitment,

    /// <summary>What lies above the cap and is not billed: negative.</summary>
    NotBilled,

    /// <summary>Usage of an earlier period that came in after its invoice.</summary>
    LateUsage,

    /// <summary>What the operator bills by hand, and credits that are sold.</summary>
    OneOff,

    /// <summary>What a credit note takes back: negative.</summary>
    Credit,
}

/// <summary>One line of an invoice: rounded once, explained by steps, opening into its events.</summary>
public sealed class InvoiceLine
{
    /// <summary>The invoice.</summary>
    public Guid InvoiceId { get; init; }

    /// <summary>1, 2, 3 … as printed.</summary>
    public required int N { get; init; }

    /// <summary>What it bills.</summary>
    public required LineKind Kind { get; init; }

    /// <summary>The price's key; null for a line that has none.</summary>
    public string? PriceKey { get; init; }

    /// <summary>The meter's key; null for a line without usage.</summary>
    public string? MeterKey { get; init; }

    /// <summary>The groups of the meter that the price picks; empty for all it took.</summary>
    public required IReadOnlyDictionary<string, string> Group { get; init; }

    /// <summary>The line of the corrected invoice that it takes back; null for a part of the whole, and for lines that bill.</summary>
    public int? CorrectsLine { get; init; }

    /// <summary>What the customer reads.</summary>
    public required string Description { get; init; }

    /// <summary>Units that no earlier invoice of the period billed.</summary>
    public required decimal Quantity { get; init; }

    /// <summary>Of these, units that were free.</summary>
    public required decimal Included { get; init; }

    /// <summary>The unit in the singular; null for a line without usage.</summary>
    public string? Unit { get; init; }

    /// <summary>Rounded once to minor units of the invoice's currency.</summary>
    public required long Amount { get; init; }

    /// <summary>Before rounding, 12 places, major units.</summary>
    public required decimal Exact { get; init; }

    /// <summary>How the amount came about, as shown to the customer.</summary>
    public required IReadOnlyList<Rating.RatedStep> Steps { get; init; }

    /// <summary>Start of the stretch that it bills.</summary>
    public required DateTimeOffset PeriodStart { get; init; }

    /// <summary>End of the stretch, not part of it.</summary>
    public required DateTimeOffset PeriodEnd { get; init; }
}

/// <summary>The figures and words of a line, to tell whether one made anew says the same.</summary>
internal sealed record LineFigures(
    int N, LineKind Kind, string? PriceKey, string? MeterKey, string Description, string? Unit,
    decimal Quantity, decimal Included, long Amount, decimal Exact, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd)
{
    public static LineFigures Of(InvoiceLine line) => new(
        line.N, line.Kind, line.PriceKey, line.MeterKey, line.Description, line.Unit,
        line.Quantity, line.Included, line.Amount, line.Exact, line.PeriodStart, line.PeriodEnd);
}

internal sealed class InvoiceLinesTable : IEntityTypeConfiguration<InvoiceLine>
{
    public void Configure(EntityTypeBuilder<InvoiceLine> table)
    {
        table.ToTable("invoice_lines").HasKey(line => new { line.InvoiceId, line.N });
        table.Property(line => line.Kind).HasConversion<string>().HasMaxLength(16);
        table.Property(line => line.Group).HasJsonColumn();
        table.Property(line => line.Steps).HasJsonColumn();
    }
}
