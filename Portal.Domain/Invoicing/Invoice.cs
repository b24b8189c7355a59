using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Credits;
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

/// <summary>What becomes of a credit note that was written by hand, once what is owed for the invoice itself is taken off.</summary>
public enum NoteSettlement
{
    /// <summary>It is taken off what else is owed, now or on the next invoices.</summary>
    Offset,

    /// <summary>It goes back to where a payment came from.</summary>
    Refund,

    /// <summary>It becomes prepaid credits.</summary>
    Credits,
}

/// <summary>A bill. Amounts are integers in minor units of <see cref="Currency"/>; lines add up to the subtotal.</summary>
public sealed class Invoice
{
    /// <summary>Identifies the invoice before it has a number, and in links.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>"INV-000123", from one gapless series; null while it is a draft.</summary>
    public string? Number { get; set; }

    /// <summary>Why it exists. A period that comes to less than nothing turns into a credit note when it is issued.</summary>
    public required InvoiceKind Kind { get; set; }

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

    /// <summary>What is taken off the subtotal, one by one.</summary>
    public List<InvoiceDiscount> Discounts { get; set; } = [];

    /// <summary>What is taken off the subtotal in all, minor units.</summary>
    public long Discounted => Discounts.Sum(discount => discount.Amount);

    /// <summary>What promotional credits take off before tax, minor units.</summary>
    public long Credits { get; private set; }

    /// <summary>What prepaid credits have paid, minor units; a part of <see cref="Paid"/>. Read with the payments.</summary>
    public long Prepaid => Payments.Where(payment => payment.Method == Payment.Prepaid).Sum(payment => payment.Amount);

    /// <summary>The tax, rate by rate; empty where none is charged and nothing has to be said about it.</summary>
    public List<InvoiceTax> Taxes { get; private set; } = [];

    /// <summary>The tax in all, minor units.</summary>
    public long Tax { get; private set; }

    /// <summary>What is owed in all, minor units: subtotal − discounts − credits + tax.</summary>
    public required long Total { get; set; }

    /// <summary>What has been paid, minor units.</summary>
    public long Paid { get; set; }

    /// <summary>What is still owed, minor units.</summary>
    public long Due => Status is InvoiceStatus.Void ? 0 : Total - Paid;

    /// <summary>Whether its lines say what is paid, tax included: the tax is then in the total, not on top.</summary>
    public bool TaxIncluded { get; init; }

    /// <summary>The invoice that a credit note corrects; null for invoices, and for a period that came to less than nothing.</summary>
    public Guid? CorrectsId { get; init; }

    /// <summary>Why it was corrected, as the customer reads it; null where nothing was said.</summary>
    public string? Reason { get; init; }

    /// <summary>What becomes of a credit note that was written by hand; null for others.</summary>
    public NoteSettlement? Settlement { get; set; }

    /// <summary>When it was drafted, in business time.</summary>
    public required DateTimeOffset DraftedAt { get; init; }

    /// <summary>When the draft turns into an invoice by itself.</summary>
    public required DateTimeOffset FinalizeAt { get; set; }

    /// <summary>The cap's bound when the period was closed, in major units: usage of the period above it is not billed, whatever the cap is
    /// changed to later. Null where no cap held.</summary>
    public decimal? CapBound { get; init; }

    /// <summary>When it was issued, in business time; null while it is a draft.</summary>
    public DateTimeOffset? IssuedAt { get; set; }

    /// <summary>When it has to be paid; null while it is a draft.</summary>
    public DateTimeOffset? DueAt { get; set; }

    /// <summary>How it is collected: <c>charge</c> or <c>send</c>, as agreed when it was drafted.</summary>
    public required string Collection { get; init; }

    /// <summary>Days from issue to due date, as the customer counts days.</summary>
    public required int NetDays { get; init; }

    /// <summary>When the customer was first warned: that it is overdue, or that a charge failed. The grace before access ends runs from here; null while all is well.</summary>
    public DateTimeOffset? OverdueNoticeAt { get; set; }

    /// <summary>When the saved method is charged next, in business time; null where nothing is planned.</summary>
    public DateTimeOffset? ChargeAt { get; set; }

    /// <summary>The charge, or a credit note's refund, whose outcome is not known yet: until it is, nothing else settles it. Null for none.</summary>
    public Guid? OpenChargeId { get; set; }

    /// <summary>When a charge failed first: retries count from here. Null where none did.</summary>
    public DateTimeOffset? FirstFailureAt { get; set; }

    /// <summary>When the operator gave it up: it is owed no longer in the books, and refuses access no longer. Null where it did not.</summary>
    public DateTimeOffset? WrittenOffAt { get; set; }

    /// <summary>Until when the customer has promised to pay, in business time: until then it is neither charged nor reminded of, and refuses no access; null for no promise.</summary>
    public DateTimeOffset? PromisedUntil { get; set; }

    /// <summary>What was agreed with the customer about it, in the operator's words; null for no promise.</summary>
    public string? PromiseNote { get; set; }

    /// <summary>Who is named on it, as of its issue; null while it is a draft.</summary>
    public InvoiceParties? Parties { get; set; }

    /// <summary>Its lines, by number.</summary>
    public List<InvoiceLine> Lines { get; } = [];

    /// <summary>Money received for it, oldest first.</summary>
    public List<Payment> Payments { get; } = [];

    /// <summary>The customer.</summary>
    public Customer Customer { get; init; } = null!;

    /// <summary>The invoice that a credit note corrects; null where there is none.</summary>
    public Invoice? Corrects { get; init; }

    /// <summary>The credit notes that correct it, oldest first.</summary>
    public List<Invoice> CreditNotes { get; } = [];

    /// <summary>Whether it is the one that closes a billing period. A credit note that takes back something else belongs to no subscription.</summary>
    public bool ClosesPeriod => SubscriptionId is not null && Cut == 0 && Kind is (InvoiceKind.Period or InvoiceKind.CreditNote);

    /// <summary>Whether it sells credits that are not paid yet: it is issued when they are.</summary>
    public bool IsOpenPurchase => Kind == InvoiceKind.CreditTopup && Status == InvoiceStatus.Draft;

    /// <summary>What credits and tax do to the lines and discounts of a draft, without changing it.</summary>
    /// <param name="lines">Its lines.</param>
    /// <param name="grants">The customer's credits; none where they are not to be used.</param>
    /// <param name="treatment">How the customer is taxed; null for no tax at all.</param>
    /// <param name="now">Business time.</param>
    public CreditPlan Plan(IEnumerable<InvoiceLine> lines, IReadOnlyList<CreditGrant> grants, TaxTreatment? treatment, DateTimeOffset now) => CreditPlan.Of(
        grants, [.. lines.Select(line => (line.PriceKey, line.Amount))], new Values.Money(Subtotal - Discounted, Values.Currency.Of(Currency)),
        treatment is null ? null : treatment with { Included = TaxIncluded }, SubscriptionId is not null && Kind is (InvoiceKind.Period or InvoiceKind.Threshold) ? PeriodStart : now);

    /// <summary>Takes over what credits and tax come to.</summary>
    public void Take(CreditPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        Credits = plan.Credits;
        Taxes = plan.Tax is null ? [] : [plan.Tax];
        (Tax, Total) = (plan.Tax?.Amount ?? 0, plan.Total);
    }

    /// <summary>Takes over the tax that a credit note takes back, and what it comes to then.</summary>
    internal void TakeBack(InvoiceTax? tax)
    {
        Taxes = tax is null ? [] : [tax];
        (Tax, Total) = (tax?.Amount ?? 0, Subtotal + (TaxIncluded ? 0 : tax?.Amount ?? 0));
    }

    /// <summary>Takes money in; with the last of it, the invoice is paid.</summary>
    public void Receive(Payment payment)
    {
        ArgumentNullException.ThrowIfNull(payment);
        Payments.Add(payment);
        Settle(payment.Amount);
    }

    /// <summary>Gives a part of a credit note back; with the last of it, the note is settled.</summary>
    public void GiveBack(long amount) => Settle(-amount);

    /// <summary>Owes again what was given back of a payment; the reminders begin anew.</summary>
    internal void Reopen(long amount)
    {
        Paid -= amount;
        Status = InvoiceStatus.Finalized;
        (ChargeAt, FirstFailureAt, OverdueNoticeAt) = (null, null, null);
    }

    private void Settle(long amount)
    {
        Paid += amount;
        if (Paid == Total)
        {
            Status = InvoiceStatus.Paid;
        }
    }
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
        table.HasIndex(invoice => new { invoice.CustomerId, invoice.PeriodEnd, invoice.FinalizeAt, invoice.Id })
            .HasFilter("status = 'Draft' AND kind <> 'CreditTopup'").HasDatabaseName("ix_invoices_drafts");
        table.HasIndex(invoice => invoice.ChargeAt).HasFilter("charge_at IS NOT NULL");
        table.Property(invoice => invoice.Kind).HasConversion<string>().HasMaxLength(16);
        table.Property(invoice => invoice.Status).HasConversion<string>().HasMaxLength(16);
        table.Property(invoice => invoice.Parties).HasJsonColumn();
        table.Property(invoice => invoice.Discounts).HasJsonColumn().HasDefaultValueSql("'[]'");
        table.Property(invoice => invoice.Taxes).HasJsonColumn().HasDefaultValueSql("'[]'");
        table.Ignore(invoice => invoice.Discounted);
        table.Ignore(invoice => invoice.Prepaid);
        table.Ignore(invoice => invoice.Due);
        table.Ignore(invoice => invoice.ClosesPeriod);
        table.Ignore(invoice => invoice.IsOpenPurchase);
        table.HasOne(invoice => invoice.Customer).WithMany().HasForeignKey(invoice => invoice.CustomerId);
        table.Property(invoice => invoice.Settlement).HasConversion<string>().HasMaxLength(16);
        table.HasOne(invoice => invoice.Corrects).WithMany(invoice => invoice.CreditNotes).HasForeignKey(invoice => invoice.CorrectsId);
        table.HasOne<Subscription>().WithMany().HasForeignKey(invoice => invoice.SubscriptionId);
        table.HasMany(invoice => invoice.Lines).WithOne().HasForeignKey(line => line.InvoiceId);
        table.HasMany(invoice => invoice.Payments).WithOne().HasForeignKey(payment => payment.InvoiceId);
        table.Property<uint>("xmin").IsRowVersion();
    }
}
