using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>Charges what is due to be charged: invoices at their issue, retries, what a new card is to collect. And asks what became of charges that were never answered.</summary>
public sealed class ChargeRun(IDbContextFactory<PortalDb> databases, ChargeWriter charges, BusinessClock clock) : IClockWork
{
    private const int PerRun = 1_000;

    /// <inheritdoc />
    public async Task<DateTimeOffset?> NextDue(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var charge = await db.Invoices.Where(invoice => invoice.ChargeAt != null && invoice.OpenChargeId == null).MinAsync(invoice => invoice.ChargeAt, cancellation);
        var look = await db.PaymentAttempts.Where(attempt => attempt.LookAt != null).MinAsync(attempt => attempt.LookAt, cancellation);
        return look < charge ? look : charge ?? look;
    }

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

        var due = await db.Invoices
            .Where(invoice => invoice.ChargeAt <= now && invoice.OpenChargeId == null && (customerId == null || invoice.CustomerId == customerId))
            .OrderBy(invoice => invoice.ChargeAt).ThenBy(invoice => invoice.Number).Take(PerRun).Select(invoice => invoice.Id).ToListAsync(cancellation);
        foreach (var id in due)
        {
            if (await charges.Begin(id, Actor.System, cancellation) is { } attempt)
            {
                await charges.Ask(attempt, cancellation);
            }
        }

        return JobOutcome.Of(unanswered.Count + due.Count);
    }
}
