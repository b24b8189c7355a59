using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Payments;

namespace Portal.Invoicing;

/// <summary>What the page of an invoice shows.</summary>
/// <param name="Invoice">With its lines, payments and customer.</param>
/// <param name="Zone">The customer's zone.</param>
/// <param name="Now">When this was read, in business time.</param>
/// <param name="Attempts">What was tried to charge it, the first one first.</param>
/// <param name="Methods">The customer's saved cards.</param>
/// <param name="Refunds">What was given back of its payments, or for it.</param>
/// <param name="Disputes">What was asked about it.</param>
/// <param name="MayAct">Whether the person may pay and ask; the operator's: correct and answer.</param>
public sealed record InvoiceView(
    Invoice Invoice, string Zone, DateTimeOffset Now, IReadOnlyList<PaymentAttempt> Attempts, SavedMethods Methods, IReadOnlyList<PaidRefund> Refunds,
    IReadOnlyList<Dispute> Disputes, bool MayAct)
{
    /// <summary>The credits that it sold, where the operator looks; null for none.</summary>
    public CreditGrant? Sold { get; init; }

    /// <summary>Why a draft is not issued by itself, where the operator looks; null where it is.</summary>
    public BillingPark? Park { get; init; }

    /// <summary>Whether anything of it was taken back.</summary>
    public bool IsCorrected => Invoice.CreditNotes.Count > 0 || Refunds.Count > 0;

    /// <summary>Whether it can be corrected: it is issued, and no credit note itself.</summary>
    public bool MayBeCorrected => Invoice is { Kind: not InvoiceKind.CreditNote, Status: InvoiceStatus.Finalized or InvoiceStatus.Paid or InvoiceStatus.Uncollectible };

    /// <summary>Whether it can be charged now: something is due, there is a card, and no earlier charge is unanswered.</summary>
    public bool MayBeCharged => Methods.Default is not null && Invoice is { Due: > 0, OpenChargeId: null, Status: InvoiceStatus.Finalized or InvoiceStatus.Uncollectible };
}
