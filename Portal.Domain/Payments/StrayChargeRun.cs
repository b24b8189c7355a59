using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>Compares what the gateway has charged with what is known here. A database that was restored from an older backup knows less: nothing is charged then before a person has looked.</summary>
public sealed class StrayChargeRun(
    IDbContextFactory<PortalDb> databases, IPaymentGateway gateway, AlarmWriter alarms, BusinessClock clock, ILogger<StrayChargeRun> log)
{
    // The newest attempt that is known tells how old the backup is; without one, the gateway is asked about a month.
    private static readonly TimeSpan s_before = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_atMost = TimeSpan.FromDays(30);

    private volatile bool _hasCompared;

    /// <summary>Whether charges may go on: this process has compared once, and nothing waits for a person. A gateway that gives no answer holds them up too.</summary>
    public async Task<bool> IsClear(CancellationToken cancellation)
    {
        if (!_hasCompared)
        {
            try
            {
                await Run(cancellation);
            }
            catch (GatewayException failure)
            {
                log.LogWarning("Nothing is charged before the card processor has said what it charged: {Reason}", failure.Message);
                return false;
            }
        }

        await using var db = await databases.CreateDbContextAsync(cancellation);
        return !await db.StrayCharges.AnyAsync(stray => stray.ConfirmedAt == null, cancellation);
    }

    /// <summary>Compares, and raises an alarm for what is new.</summary>
    /// <exception cref="GatewayException">Where the gateway gives no answer.</exception>
    public async Task<JobOutcome> Run(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var now = clock.GetUtcNow();
        var newest = await db.PaymentAttempts.MaxAsync(attempt => (DateTimeOffset?)attempt.StartedAt, cancellation);
        var charges = await gateway.Charges((newest ?? now - s_atMost) - s_before, cancellation);
        var known = (await db.PaymentAttempts.Where(attempt => attempt.StartedAt >= (newest ?? now) - s_atMost)
            .Select(attempt => new { attempt.InvoiceId, attempt.N }).ToListAsync(cancellation))
            .Select(attempt => PaymentAttempt.KeyOf(attempt.InvoiceId, attempt.N)).ToHashSet(StringComparer.Ordinal);
        var found = 0;
        foreach (var charge in charges.Where(charge => PaymentAttempt.IsKey(charge.Key) && !known.Contains(charge.Key)))
        {
            found += await db.Database.ExecuteSqlAsync($"""
                INSERT INTO stray_charges (gateway, charge_id, key, reference, amount, currency, charged_at, found_at)
                VALUES ({gateway.Name}, {charge.Id}, {charge.Key}, {charge.Reference}, {charge.Amount}, {charge.Currency}, {charge.CreatedAt}, {now})
                ON CONFLICT DO NOTHING
                """, cancellation);
        }

        _hasCompared = true;
        if (found > 0)
        {
            await alarms.Raise("payment.stray", $"The card processor has charged {found} times without our knowing.",
                "These charges are on no invoice here: most likely the database was restored from a backup. Nothing is charged until somebody has looked at each of them on the page 'Unpaid' and confirmed it.");
        }

        return JobOutcome.Of(found);
    }
}
