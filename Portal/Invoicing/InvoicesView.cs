using Portal.Domain.Invoicing;

namespace Portal.Invoicing;

/// <summary>What the list of invoices shows.</summary>
/// <param name="Invoices">A page of them, the newest first.</param>
/// <param name="Owed">What is owed in all.</param>
/// <param name="Zone">The customer's zone.</param>
/// <param name="PeriodEnd">When the running period ends; null while none runs.</param>
/// <param name="Next">Where older ones begin; null where there are none.</param>
/// <param name="Now">When this was read, in business time.</param>
/// <param name="Customer">The customer's key.</param>
public sealed record InvoicesView(
    IReadOnlyList<Invoice> Invoices, Owed Owed, string Zone, DateTimeOffset? PeriodEnd, Guid? Next, DateTimeOffset Now, string Customer);
