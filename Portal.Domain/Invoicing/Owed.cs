using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What a customer owes for its issued invoices.</summary>
/// <param name="Due">All of it.</param>
/// <param name="Overdue">What should have been paid by now.</param>
/// <param name="NextDueAt">When the next of the rest is due; null where nothing is.</param>
public sealed record Owed(Money Due, Money Overdue, DateTimeOffset? NextDueAt);
