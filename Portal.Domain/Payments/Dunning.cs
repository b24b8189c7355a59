using Portal.Domain.Invoicing;

namespace Portal.Domain.Payments;

/// <summary>When a charge that failed is tried again. Pure.</summary>
public static class Dunning
{
    /// <summary>The days after the first failure on which it is tried again.</summary>
    public static IReadOnlyList<int> Days { get; } = [1, 3, 5, 7];

    /// <summary>The days after the first warning from which access is refused.</summary>
    public static int GraceDays => Restriction.Grace.Days;

    /// <summary>How often an invoice was tried: a backup that was charged in the default card's place is no try of its own.</summary>
    public static int Tries(IEnumerable<PaymentAttempt> attempts) => attempts.Count(attempt => attempt.Use == MethodUse.Default);

    /// <summary>The instants of the retries, counted from the first failure.</summary>
    public static IEnumerable<DateTimeOffset> Retries(DateTimeOffset firstFailure) => Days.Select(day => firstFailure + TimeSpan.FromDays(day));

    /// <summary>The next retry after an instant; null where none is left.</summary>
    public static DateTimeOffset? Next(DateTimeOffset firstFailure, DateTimeOffset now) =>
        Retries(firstFailure).Where(at => at > now).Select(at => (DateTimeOffset?)at).FirstOrDefault();

    /// <summary>The charges that are still planned for an invoice: none before the day that was agreed with its customer.</summary>
    public static IEnumerable<DateTimeOffset> Planned(Invoice invoice)
    {
        ArgumentNullException.ThrowIfNull(invoice);
        return invoice is not { Due: > 0, ChargeAt: { } next } ? []
            : invoice.PromisedUntil > next ? [invoice.PromisedUntil.Value]
            : invoice.FirstFailureAt is { } first ? Retries(first).Where(at => at >= next) : [next];
    }
}
