using Portal.Domain.Storage;

namespace Portal.Domain.Invoicing;

/// <summary>Tells what is wrong with one customer's billing, so that it steps aside, from what concerns the whole run.</summary>
internal static class BillingFault
{
    /// <summary>How long what cannot be billed steps aside before it is tried again, in business time.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromHours(6);

    /// <summary>Whether a failure comes from a customer's own data: a price that overflows, a card that is gone. A database that is away concerns everyone.</summary>
    public static bool Is(Exception exception) =>
        exception is (InvalidOperationException or ArgumentException or NotSupportedException or OverflowException or KeyNotFoundException)
        && !DatabaseAway.Is(exception);
}
