using Portal.Domain.Metering;

namespace Portal.Domain.Invoicing;

/// <summary>What the closing invoices of some subscriptions are made of, read in one go: usage as of one moment, its versions, what other invoices have billed, and what is billed by hand.</summary>
/// <param name="moment">The moment; disposed of with this.</param>
/// <param name="versions">The usage version of each customer at the moment, and the newest that changed a closed period.</param>
/// <param name="others">Invoices of subscriptions with the lines that matter, by customer.</param>
/// <param name="byHand">What the operator bills by hand on these invoices, by customer, in order.</param>
internal sealed class ClosingBasis(
    UsageSnapshot moment, IReadOnlyDictionary<int, (long Newest, long Late)> versions, ILookup<int, Invoice> others, ILookup<int, OneOffLine> byHand) : IAsyncDisposable
{
    /// <summary>The moment.</summary>
    public UsageSnapshot Moment => moment;

    /// <summary>The customer's usage version: events up to it are in the figures.</summary>
    public long VersionOf(int customerId) => versions[customerId].Newest;

    /// <summary>The newest of the customer's usage versions that changed usage of a closed period.</summary>
    public long LateVersionOf(int customerId) => versions[customerId].Late;

    /// <summary>A customer's invoices of periods that end at an instant or later, but for one.</summary>
    public IEnumerable<Invoice> Others(int customerId, DateTimeOffset since, Guid? but) => others[customerId].Where(invoice => invoice.PeriodEnd >= since && invoice.Id != but);

    /// <summary>What the operator bills a customer by hand on its closing invoice.</summary>
    public IReadOnlyList<OneOffLine> ByHand(int customerId) => [.. byHand[customerId]];

    /// <inheritdoc />
    public ValueTask DisposeAsync() => moment.DisposeAsync();
}
