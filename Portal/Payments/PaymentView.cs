using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Domain.Values;

namespace Portal.Payments;

/// <summary>What the payment page shows.</summary>
/// <param name="Methods">The saved cards.</param>
/// <param name="TakesCards">Whether cards can be saved here.</param>
/// <param name="HasCardPage">Whether they are typed on a page of the card processor's.</param>
/// <param name="Open">Invoices of which something is due, the oldest first.</param>
/// <param name="Attempts">What was tried to collect each of them.</param>
/// <param name="Owed">What is owed in all.</param>
/// <param name="Bank">Where to pay to by bank, as names and texts.</param>
/// <param name="Zone">The customer's zone.</param>
/// <param name="MayPay">Whether the person may save a card and pay.</param>
/// <param name="Now">When this was read, in business time.</param>
public sealed record PaymentView(
    SavedMethods Methods, bool TakesCards, bool HasCardPage, IReadOnlyList<Invoice> Open, ILookup<Guid, PaymentAttempt> Attempts, Owed Owed,
    IReadOnlyDictionary<string, string> Bank, string Zone, bool MayPay, DateTimeOffset Now)
{
    /// <summary>The cards that expire soon or have expired, and from when they cannot be charged.</summary>
    public IEnumerable<(PaymentMethod Method, DateTimeOffset EndsAt)> Expiring => Methods.All.Select(method => (method, CardExpiry.EndsAt(method, TimeZones.Find(Zone)!)))
        .Where(card => card.Item2 is { } endsAt && CardExpiry.IsNear(endsAt, Now)).Select(card => (card.method, card.Item2!.Value));

    /// <summary>What a card that is saved now is charged at once: what is past its due date, and what could not be charged.</summary>
    public IEnumerable<Invoice> CollectedAtOnce => Open.Where(invoice => invoice.OpenChargeId is null && !(invoice.PromisedUntil > Now) && (invoice.DueAt <= Now || invoice.OverdueNoticeAt is not null));

    /// <summary>The sum of invoices' open amounts.</summary>
    public Money Sum(IEnumerable<Invoice> invoices) => Money.Sum(invoices.Select(invoice => new Money(invoice.Due, Owed.Due.Currency)), Owed.Due.Currency);
}
