using Portal.Domain.Invoicing;
using Portal.Domain.Payments;

namespace Portal.Invoicing;

/// <summary>What the page of an invoice shows.</summary>
/// <param name="Invoice">With its lines, payments and customer.</param>
/// <param name="Zone">The customer's zone.</param>
/// <param name="Now">When this was read, in business time.</param>
/// <param name="Attempts">What was tried to charge it, the first one first.</param>
/// <param name="Method">The customer's saved card; null for none.</param>
public sealed record InvoiceView(Invoice Invoice, string Zone, DateTimeOffset Now, IReadOnlyList<PaymentAttempt> Attempts, PaymentMethod? Method)
{
    /// <summary>Whether it can be charged now: something is due, there is a card, and no earlier charge is unanswered.</summary>
    public bool MayBeCharged => Method is not null && Invoice is { Due: > 0, OpenChargeId: null, Status: InvoiceStatus.Finalized or InvoiceStatus.Uncollectible };
}
