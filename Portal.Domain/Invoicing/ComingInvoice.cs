using Portal.Domain.Accounts;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What becomes of an invoice that is still to come, if nothing changes until then.</summary>
public enum ComingState
{
    /// <summary>Its period still runs, or its fee is still to fall due.</summary>
    Running,

    /// <summary>Its period is over: it waits for events that come late.</summary>
    Grace,

    /// <summary>The next run issues it, within a minute.</summary>
    Due,

    /// <summary>It looks wrong: the run would park it for a person.</summary>
    Suspicious,

    /// <summary>Its customer's billing is parked: it waits for a person.</summary>
    Parked,

    /// <summary>It cannot be made: the run would let it stand aside, with an alarm.</summary>
    Failing,

    /// <summary>There is nothing to bill: no invoice is issued.</summary>
    Empty,
}

/// <summary>An invoice as the next run would issue it, by usage as it is now.</summary>
/// <param name="Customer">Whose it is.</param>
/// <param name="State">What becomes of it.</param>
/// <param name="Why">Why it is held or fails, a sentence; null for others.</param>
public sealed record ComingInvoice(Customer Customer, ComingState State, string? Why)
{
    /// <summary>Why it exists; null where it cannot be made.</summary>
    public InvoiceKind? Kind { get; init; }

    /// <summary>What it bills; null where it cannot be made.</summary>
    public Period? Period { get; init; }

    /// <summary>When it is issued by itself, in business time; null where it cannot be made.</summary>
    public DateTimeOffset? IssuesAt { get; init; }

    /// <summary>Its draft, which can be issued or withdrawn now; null where there is none yet.</summary>
    public Guid? Draft { get; init; }

    /// <summary>Its lines less discounts, before credits and tax: what is compared with the invoice before it.</summary>
    public Money Net { get; init; } = Money.Zero(Currency.Of(Customer.Currency));

    /// <summary>What promotional credits take off.</summary>
    public Money Credits { get; init; } = Money.Zero(Currency.Of(Customer.Currency));

    /// <summary>The tax; in the net amount already where that includes it.</summary>
    public Money Tax { get; init; } = Money.Zero(Currency.Of(Customer.Currency));

    /// <summary>What is owed in all.</summary>
    public Money Total { get; init; } = Money.Zero(Currency.Of(Customer.Currency));

    /// <summary>What prepaid credits pay of it.</summary>
    public Money Prepaid { get; init; } = Money.Zero(Currency.Of(Customer.Currency));

    /// <summary>What is left to collect, after prepaid credits and open credit notes.</summary>
    public Money Due { get; init; } = Money.Zero(Currency.Of(Customer.Currency));

    /// <summary>The invoice of the period before; null where there is none in this currency, or it closes no period.</summary>
    public PreviousInvoice? Previous { get; init; }

    /// <summary>How much more than the one before, before credits and tax; null without one.</summary>
    public Money? Change => Previous is { } previous ? Net - previous.Net : null;

    /// <summary>The same in percent of the one before; null without one, or where that came to nothing.</summary>
    public decimal? ChangePercent => Change is { } change && Previous is { Net.Minor: > 0 } previous ? (decimal)change.Minor / previous.Net.Minor * 100 : null;

    /// <summary>Whether the run issues it by itself.</summary>
    public bool IsIssued => State is ComingState.Running or ComingState.Grace or ComingState.Due;

    /// <summary>Whether it waits for a person.</summary>
    public bool IsHeld => State is ComingState.Suspicious or ComingState.Parked;

    /// <summary>An invoice that was made as the run makes it.</summary>
    internal static ComingInvoice Of(ForeseenInvoice foreseen, Customer customer, ComingState state, string? why, PreviousInvoice? previous)
    {
        var invoice = foreseen.Invoice;
        Money Amount(long minor) => new(minor, Currency.Of(invoice.Currency));
        return new ComingInvoice(customer, state, why)
        {
            Kind = invoice.Kind,
            Period = new Period(invoice.PeriodStart, invoice.PeriodEnd),
            IssuesAt = invoice.FinalizeAt,
            Draft = foreseen.IsStored ? invoice.Id : null,
            Net = Amount(invoice.Subtotal - invoice.Discounted),
            Credits = Amount(invoice.Credits),
            Tax = Amount(invoice.Tax),
            Total = Amount(invoice.Total),
            Prepaid = Amount(invoice.Prepaid),
            Due = Amount(invoice.Due),
            Previous = previous is { } one && one.Net.Currency == Currency.Of(invoice.Currency) ? one : null,
        };
    }
}

/// <summary>The invoice that closed the period before.</summary>
/// <param name="Reference">Its number, or its id while it is a draft.</param>
/// <param name="Net">Its lines less discounts, before credits and tax.</param>
public sealed record PreviousInvoice(string Reference, Money Net)
{
    internal static PreviousInvoice Of(Invoice invoice) =>
        new(invoice.Number ?? invoice.Id.ToString(), new Money(invoice.Subtotal - invoice.Discounted, Currency.Of(invoice.Currency)));
}
