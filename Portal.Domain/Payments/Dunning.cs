namespace Portal.Domain.Payments;

/// <summary>When a charge that failed is tried again. Pure.</summary>
public static class Dunning
{
    private static readonly TimeSpan[] s_retries = [TimeSpan.FromDays(1), TimeSpan.FromDays(3), TimeSpan.FromDays(5), TimeSpan.FromDays(7)];

    /// <summary>The instants of the retries, counted from the first failure.</summary>
    public static IEnumerable<DateTimeOffset> Retries(DateTimeOffset firstFailure) => s_retries.Select(after => firstFailure + after);

    /// <summary>The next retry after an instant; null where none is left.</summary>
    public static DateTimeOffset? Next(DateTimeOffset firstFailure, DateTimeOffset now) =>
        Retries(firstFailure).Where(at => at > now).Select(at => (DateTimeOffset?)at).FirstOrDefault();
}
