using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>Charges what is due to be charged: invoices at their issue, retries, what a new card is to collect. And asks what became of charges that were never answered.</summary>
public sealed class ChargeRun(IDbContextFactory<PortalDb> databases, ChargeWriter charges, StrayChargeRun strays, BillingGuard guard, BusinessClock clock) : IClockWork
{
    private const int PerRun = 1_000;

    /// <inheritdoc />
    public DueQuestion NextDue() => DueQuestion.Of($"""
        SELECT least(
            (SELECT min(greatest(charge_at, promised_until)) FROM invoices WHERE charge_at IS NOT NULL AND open_charge_id IS NULL
                AND NOT EXISTS (SELECT FROM stray_charges WHERE confirmed_at IS NULL)
                AND NOT EXISTS (SELECT FROM billing_parks park WHERE park.customer_id = invoices.customer_id AND park.released_at IS NULL)),
            (SELECT min(look_at) FROM payment_attempts))
        """);

    /// <inheritdoc />
    public Task<JobOutcome> Run(CancellationToken cancellation) => Run(null, cancellation);

    /// <summary>The same for one customer, for whoever waits for it.</summary>
    public Task<JobOutcome> RunFor(int customerId, CancellationToken cancellation) => Run(customerId, cancellation);

    private async Task<JobOutcome> Run(int? customerId, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var now = clock.GetUtcNow();
        var unanswered = await db.PaymentAttempts.AsNoTracking().Include(attempt => attempt.Method)
            .Where(attempt => attempt.LookAt <= now && (customerId == null || attempt.CustomerId == customerId))
            .OrderBy(attempt => attempt.LookAt).Take(PerRun).ToListAsync(cancellation);
        foreach (var attempt in unanswered)
        {
            await charges.Reconcile(attempt, cancellation);
        }

        var due = await Chargeable(db)
            .Where(invoice => invoice.ChargeAt <= now && (invoice.PromisedUntil == null || invoice.PromisedUntil <= now) && (customerId == null || invoice.CustomerId == customerId))
            .OrderBy(invoice => invoice.ChargeAt).ThenBy(invoice => invoice.Number).Take(PerRun).Select(invoice => new { invoice.Id, invoice.CustomerId }).ToListAsync(cancellation);
        if (due.Count > 0 && !await strays.IsClear(cancellation))
        {
            return JobOutcome.Of(unanswered.Count);
        }

        foreach (var invoice in due)
        {
            if (!await guard.CheckCharges(invoice.CustomerId, cancellation) && await charges.Begin(invoice.Id, Actor.System, cancellation) is { } attempt)
            {
                await charges.Ask(attempt, cancellation);
            }
        }

        return JobOutcome.Of(unanswered.Count + due.Count);
    }

    // What waits for a person to look at the customer's billing, or at what the gateway charged, is not charged.
    private static IQueryable<Invoice> Chargeable(PortalDb db) => db.Invoices.Where(invoice =>
        invoice.ChargeAt != null && invoice.OpenChargeId == null && !db.StrayCharges.Any(stray => stray.ConfirmedAt == null) && !db.BillingParks.Any(park => park.CustomerId == invoice.CustomerId && park.ReleasedAt == null));
}
