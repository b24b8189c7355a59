using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Domain.Values;

namespace Portal.Payments;

/// <summary>What the payment page shows.</summary>
/// <param name="Method">The saved card; null for none.</param>
/// <param name="TakesCards">Whether cards can be saved here.</param>
/// <param name="HasCardPage">Whether they are typed on a page of the card processor's.</param>
/// <param name="Open">Invoices of which something is due, the oldest first.</param>
/// <param name="Attempts">What was tried to collect each of them.</param>
/// <param name="Owed">What is owed in all.</param>
/// <param name="Bank">Where to pay to by bank, as names and texts.</param>
/// <param name="Zone">The customer's zone.</param>
/// <param name="CardEndsAt">From when the card cannot be charged; null where that is not known.</param>
/// <param name="MayPay">Whether the person may save a card and pay.</param>
/// <param name="Now">When this was read, in business time.</param>
public sealed record PaymentView(
    PaymentMethod? Method, bool TakesCards, bool HasCardPage, IReadOnlyList<Invoice> Open, ILookup<Guid, PaymentAttempt> Attempts, Owed Owed,
    IReadOnlyDictionary<string, string> Bank, string Zone, DateTimeOffset? CardEndsAt, bool MayPay, DateTimeOffset Now)
{
    /// <summary>What a card that is saved now is charged at once: what is past its due date, and what could not be charged.</summary>
    public IEnumerable<Invoice> CollectedAtOnce => Open.Where(invoice => invoice.OpenChargeId is null && !(invoice.PromisedUntil > Now) && (invoice.DueAt <= Now || invoice.OverdueNoticeAt is not null));

    /// <summary>The sum of invoices' open amounts.</summary>
    public Money Sum(IEnumerable<Invoice> invoices) => Money.Sum(invoices.Select(invoice => new Money(invoice.Due, Owed.Due.Currency)), Owed.Due.Currency);
}
