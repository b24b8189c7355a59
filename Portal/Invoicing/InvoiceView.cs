using Portal.Domain.Invoicing;

namespace Portal.Invoicing;

/// <summary>What the page of an invoice shows.</summary>
/// <param name="Invoice">With its lines, payments and customer.</param>
/// <param name="Zone">The customer's zone.</param>
/// <param name="Now">When this was read, in business time.</param>
public sealed record InvoiceView(Invoice Invoice, string Zone, DateTimeOffset Now);
