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
    private readonly List<Invoice> _foreseen = [];

    /// <summary>The moment.</summary>
    public UsageSnapshot Moment => moment;

    /// <summary>The customer's usage version: events up to it are in the figures.</summary>
    public long VersionOf(int customerId) => versions[customerId].Newest;

    /// <summary>The newest of the customer's usage versions that changed usage of a closed period.</summary>
    public long LateVersionOf(int customerId) => versions[customerId].Late;

    /// <summary>A customer's invoices of periods that end at an instant or later, but for one.</summary>
    public IEnumerable<Invoice> Others(int customerId, DateTimeOffset since, Guid? but) => others[customerId]
        .Where(invoice => !_foreseen.Exists(foreseen => foreseen.Id == invoice.Id)).Concat(_foreseen.Where(foreseen => foreseen.CustomerId == customerId))
        .Where(invoice => invoice.PeriodEnd >= since && invoice.Id != but);

    /// <summary>What the operator bills a customer by hand on its closing invoice.</summary>
    public IReadOnlyList<OneOffLine> ByHand(int customerId) =>
        _foreseen.Exists(foreseen => foreseen.CustomerId == customerId && foreseen.Kind == InvoiceKind.Period) ? [] : [.. byHand[customerId]];

    /// <summary>Takes an invoice for made as it says here: what comes after it bills the rest, and what waited for it by hand is on it.</summary>
    public void Foresee(Invoice invoice) => _foreseen.Add(invoice);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => moment.DisposeAsync();
}
