using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;

namespace Portal.Domain.Invoicing;

/// <summary>Why an invoice exists.</summary>
public enum InvoiceKind
{
    /// <summary>Closes a billing period.</summary>
    Period,

    /// <summary>Bills what is unbilled inside a period, at a threshold.</summary>
    Threshold,

    /// <summary>Sells prepaid credits.</summary>
    CreditTopup,

    /// <summary>Anything else, by hand.</summary>
    OneOff,

    /// <summary>Takes back all or part of a finalized invoice.</summary>
    CreditNote,
}

/// <summary>Where an invoice stands.</summary>
public enum InvoiceStatus
{
    /// <summary>May still change: late events join it until its grace ends. It has no number.</summary>
    Draft,

    /// <summary>Issued, numbered, owed. It never changes again.</summary>
    Finalized,

    /// <summary>Settled in full, or for nothing.</summary>
    Paid,

    /// <summary>A draft that was withdrawn.</summary>
    Void,

    /// <summary>Owed, but given up.</summary>
    Uncollectible,
}

/// <summary>A bill. Amounts are integers in minor units of <see cref="Currency"/>; lines add up to the subtotal.</summary>
public sealed class Invoice
{
    /// <summary>Identifies the invoice before it has a number, and in links.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>"INV-000123", from one gapless series; null while it is a draft.</summary>
    public string? Number { get; set; }

    /// <summary>Why it exists.</summary>
    public required InvoiceKind Kind { get; init; }

    /// <summary>Where it stands.</summary>
    public required InvoiceStatus Status { get; set; }

    /// <summary>Who owes it.</summary>
    public required int CustomerId { get; init; }

    /// <summary>The subscription it bills; null for kinds that bill none.</summary>
    public int? SubscriptionId { get; init; }

    /// <summary>Counts a period's threshold cuts; 0 for the invoice that closes it.</summary>
    public required int Cut { get; init; }

    /// <summary>ISO 4217 code.</summary>
    public required string Currency { get; init; }

    /// <summary>Start of the billed period.</summary>
    public required DateTimeOffset PeriodStart { get; init; }

    /// <summary>End of the billed period, not part of it.</summary>
    public required DateTimeOffset PeriodEnd { get; init; }

    /// <summary>The customer's usage version up to which events are on it.</summary>
    public required long UsageVersion { get; set; }

    /// <summary>Sum of the lines, minor units.</summary>
    public required long Subtotal { get; set; }

    /// <summary>What is owed in all, minor units: subtotal − discounts − credits + tax.</summary>
    public required long Total { get; set; }

    /// <summary>What has been paid, minor units.</summary>
    public long Paid { get; set; }

    /// <summary>What is still owed, minor units.</summary>
    public long Due => Status is InvoiceStatus.Void ? 0 : Total - Paid;

    /// <summary>When it was drafted, in business time.</summary>
    public required DateTimeOffset DraftedAt { get; init; }

    /// <summary>When the draft turns into an invoice by itself.</summary>
    public required DateTimeOffset FinalizeAt { get; init; }

    /// <summary>When it was issued, in business time; null while it is a draft.</summary>
    public DateTimeOffset? IssuedAt { get; set; }

    /// <summary>When it has to be paid; null while it is a draft.</summary>
    public DateTimeOffset? DueAt { get; set; }

    /// <summary>How it is collected: <c>charge</c> or <c>send</c>, as agreed when it was drafted.</summary>
    public required string Collection { get; init; }

    /// <summary>Days from issue to due date.</summary>
    public required int NetDays { get; init; }

    /// <summary>When the customer was told that it is overdue; null while it was not.</summary>
    public DateTimeOffset? OverdueNoticeAt { get; set; }

    /// <summary>Its lines, by number.</summary>
    public List<InvoiceLine> Lines { get; } = [];

    /// <summary>Money received for it, oldest first.</summary>
    public List<Payment> Payments { get; } = [];

    /// <summary>The customer.</summary>
    public Customer Customer { get; private set; } = null!;
}

/// <summary>What a line bills.</summary>
public enum LineKind
{
    /// <summary>Usage of a price.</summary>
    Usage,

    /// <summary>A recurring fee.</summary>
    Fee,

    /// <summary>What lies above the cap and is not billed: negative.</summary>
    NotBilled,

    /// <summary>Usage of an earlier period that came in after its invoice.</summary>
    LateUsage,
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

/// <summary>Money received for an invoice.</summary>
public sealed class Payment
{
    /// <summary>Identifies the payment.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>The invoice that it pays.</summary>
    public Guid InvoiceId { get; init; }

    /// <summary>Minor units of the invoice's currency; more than zero.</summary>
    public required long Amount { get; init; }

    /// <summary>How it came: <c>bank_transfer</c>.</summary>
    public required string Method { get; init; }

    /// <summary>What the bank statement says; null where nothing.</summary>
    public string? Reference { get; init; }

    /// <summary>When it was received, in business time.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Who recorded it.</summary>
    public required string RecordedBy { get; init; }
}

/// <summary>The counter behind a gapless series of numbers; its row is the lock.</summary>
public sealed class NumberSeries
{
    /// <summary>The prefix of the series: "INV" or "CN".</summary>
    public required string Name { get; init; }

    /// <summary>The number given out last.</summary>
    public long Last { get; set; }
}

internal sealed class InvoicesTable : IEntityTypeConfiguration<Invoice>
{
    public void Configure(EntityTypeBuilder<Invoice> table)
    {
        table.ToTable("invoices").HasKey(invoice => invoice.Id);
        table.HasIndex(invoice => invoice.Number).IsUnique();

        // The guard against a second run, whatever a scheduler does.
        table.HasIndex(invoice => new { invoice.SubscriptionId, invoice.PeriodStart, invoice.Kind, invoice.Cut })
            .IsUnique().HasFilter("subscription_id IS NOT NULL AND status <> 'Void'");
        table.HasIndex(invoice => new { invoice.CustomerId, invoice.PeriodStart });
        table.HasIndex(invoice => new { invoice.Status, invoice.FinalizeAt });
        table.Property(invoice => invoice.Kind).HasConversion<string>().HasMaxLength(16);
        table.Property(invoice => invoice.Status).HasConversion<string>().HasMaxLength(16);
        table.Ignore(invoice => invoice.Due);
        table.HasOne(invoice => invoice.Customer).WithMany().HasForeignKey(invoice => invoice.CustomerId);
        table.HasOne<Subscription>().WithMany().HasForeignKey(invoice => invoice.SubscriptionId);
        table.HasMany(invoice => invoice.Lines).WithOne().HasForeignKey(line => line.InvoiceId);
        table.HasMany(invoice => invoice.Payments).WithOne().HasForeignKey(payment => payment.InvoiceId);
        table.Property<uint>("xmin").IsRowVersion();
    }
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

internal sealed class PaymentsTable : IEntityTypeConfiguration<Payment>
{
    public void Configure(EntityTypeBuilder<Payment> table) =>
        table.ToTable("payments", rules => rules.HasCheckConstraint("ck_payments_amount", "amount > 0")).HasKey(payment => payment.Id);
}

internal sealed class NumberSeriesTable : IEntityTypeConfiguration<NumberSeries>
{
    public void Configure(EntityTypeBuilder<NumberSeries> table)
    {
        table.ToTable("number_series").HasKey(series => series.Name);
        table.HasData(new NumberSeries { Name = "INV" }, new NumberSeries { Name = "CN" });
    }
}
