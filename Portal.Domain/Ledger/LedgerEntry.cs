using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;

namespace Portal.Domain.Ledger;

/// <summary>The accounts of the books. Each exists once per currency and customer; amounts of two currencies never meet.</summary>
public enum LedgerAccount
{
    /// <summary>What customers owe; below zero, what is owed to them. Grows by debit.</summary>
    Receivable,

    /// <summary>Money that came in. Grows by debit.</summary>
    Cash,

    /// <summary>Prepaid credits that are not used up: money received for what is still to be delivered. Grows by credit.</summary>
    DeferredRevenue,

    /// <summary>Promotional credits that are not used up: a promise to charge less. Grows by credit.</summary>
    PromotionalCredit,

    /// <summary>What promotional credits cost. Grows by debit.</summary>
    PromotionalExpense,

    /// <summary>What was earned, without tax. Grows by credit.</summary>
    Revenue,

    /// <summary>Tax that was charged and is owed to the state. Grows by credit.</summary>
    TaxPayable,

    /// <summary>What was given up. Grows by debit.</summary>
    BadDebt,
}

/// <summary>What happened that the books tell of.</summary>
public enum LedgerFact
{
    /// <summary>An invoice was issued.</summary>
    InvoiceIssued,

    /// <summary>A credit note was issued.</summary>
    CreditNoteIssued,

    /// <summary>Money came in for an invoice.</summary>
    PaymentReceived,

    /// <summary>Money went back.</summary>
    Refunded,

    /// <summary>An invoice was given up.</summary>
    WrittenOff,

    /// <summary>Money came in for an invoice that had been given up.</summary>
    WriteOffReversed,

    /// <summary>Credits were granted.</summary>
    CreditsGranted,

    /// <summary>Credits were not used in time.</summary>
    CreditsExpired,
}

/// <summary>A line of the journal: one amount, from one account to another. It is balanced by its shape: what one account is debited, the other is credited.</summary>
/// <remarks>Written in the transaction of the fact. The database refuses to change or delete it; what was wrong is corrected by another entry.</remarks>
public sealed class LedgerEntry
{
    /// <summary>The database's own number: the order of the journal.</summary>
    public long Id { get; private set; }

    /// <summary>Whose business it is.</summary>
    public required int CustomerId { get; init; }

    /// <summary>What happened.</summary>
    public required LedgerFact Fact { get; init; }

    /// <summary>The id of the row that says so: an invoice, a payment. A fact is booked once, by a unique index.</summary>
    public required Guid Source { get; init; }

    /// <summary>The invoice or credit note that it belongs to; null where none does.</summary>
    public Guid? InvoiceId { get; init; }

    /// <summary>The document as a person knows it: "INV-000123".</summary>
    public required string Document { get; init; }

    /// <summary>When it happened, in business time.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>ISO 4217 code of <see cref="Amount"/>.</summary>
    public required string Currency { get; init; }

    /// <summary>The account that is debited.</summary>
    public required LedgerAccount Debit { get; init; }

    /// <summary>The account that is credited.</summary>
    public required LedgerAccount Credit { get; init; }

    /// <summary>Minor units; more than zero.</summary>
    public required long Amount { get; init; }
}

internal sealed class LedgerEntriesTable : IEntityTypeConfiguration<LedgerEntry>
{
    public void Configure(EntityTypeBuilder<LedgerEntry> table)
    {
        table.ToTable("ledger_entries", rules =>
        {
            rules.HasCheckConstraint("ck_ledger_entries_amount", "amount > 0");
            rules.HasCheckConstraint("ck_ledger_entries_accounts", "debit <> credit");
        }).HasKey(entry => entry.Id);
        table.HasIndex(entry => new { entry.Source, entry.Fact, entry.Debit, entry.Credit }).IsUnique();
        table.HasIndex(entry => new { entry.CustomerId, entry.Id });
        table.HasIndex(entry => entry.InvoiceId);
        table.Property(entry => entry.Fact).HasConversion<string>().HasMaxLength(24);
        table.Property(entry => entry.Debit).HasConversion<string>().HasMaxLength(24);
        table.Property(entry => entry.Credit).HasConversion<string>().HasMaxLength(24);
        table.HasOne<Customer>().WithMany().HasForeignKey(entry => entry.CustomerId).OnDelete(DeleteBehavior.Restrict);
    }
}
