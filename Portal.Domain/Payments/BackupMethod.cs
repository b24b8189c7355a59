using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;

namespace Portal.Domain.Payments;

/// <summary>When the backup card takes the place of one that was declined.</summary>
internal static class BackupMethod
{
    /// <summary>The card that is charged at once for what another one declined; null where there is none, or it has had its turn.</summary>
    /// <param name="db">A transaction that holds the invoice's row.</param>
    /// <param name="invoice">The invoice.</param>
    /// <param name="declined">The attempt whose money has not moved, and will not.</param>
    /// <param name="now">Business time.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<PaymentMethod?> For(PortalDb db, Invoice invoice, PaymentAttempt declined, DateTimeOffset now, CancellationToken cancellation)
    {
        // Once for each try: what the backup declines waits for the next retry, which begins with the default card again.
        if (declined.Use == MethodUse.Backup || await db.StrayCharges.AnyAsync(stray => stray.ConfirmedAt == null, cancellation))
        {
            return null;
        }

        // What was held up while the first answer was waited for begins nothing by itself. Whoever pays by hand has decided.
        var isHeld = invoice.PromisedUntil > now || await db.BillingParks.AnyAsync(park => park.CustomerId == invoice.CustomerId && park.ReleasedAt == null, cancellation);
        return isHeld && declined.StartedBy == Actor.System.Name
            ? null
            : await db.PaymentMethods.SingleOrDefaultAsync(
                method => method.CustomerId == invoice.CustomerId && method.ReplacedAt == null && method.Use == MethodUse.Backup && method.Id != declined.MethodId, cancellation);
    }
}
