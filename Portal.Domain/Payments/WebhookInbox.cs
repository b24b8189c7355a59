using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>Takes in the gateway's messages, each once, and handles them afterwards: it asks the gateway what became of the charge, so a message that is late, doubled or out of order does no harm.</summary>
public sealed class WebhookInbox(IDbContextFactory<PortalDb> databases, ChargeWriter charges, BusinessClock clock) : IClockWork
{
    private const int MessagesPerRun = 1_000;

    /// <summary>Stores a message; one that is there already is dropped.</summary>
    /// <returns>Whether it is new.</returns>
    public async Task<bool> Take(string gateway, string id, string type, string chargeKey, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Database.ExecuteSqlAsync($"""
            INSERT INTO payment_webhooks (gateway, id, type, charge_key, received_at) VALUES ({gateway}, {id}, {type}, {chargeKey}, {clock.GetUtcNow()})
            ON CONFLICT DO NOTHING
            """, cancellation) == 1;
    }

    /// <inheritdoc />
    public async Task<DateTimeOffset?> NextDue(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.PaymentWebhooks.Where(webhook => webhook.HandledAt == null)
            .MinAsync(webhook => (DateTimeOffset?)webhook.ReceivedAt, cancellation);
    }

    /// <inheritdoc />
    public async Task<JobOutcome> Run(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var waiting = await db.PaymentWebhooks.Where(webhook => webhook.HandledAt == null)
            .OrderBy(webhook => webhook.ReceivedAt).Take(MessagesPerRun).ToListAsync(cancellation);
        foreach (var webhook in waiting)
        {
            if (await charges.OpenWithKey(webhook.ChargeKey, cancellation) is { } attempt)
            {
                await charges.Reconcile(attempt, cancellation);
            }

            // Two runners may handle one message: what it leads to happens once all the same.
            webhook.HandledAt = clock.GetUtcNow();
            await db.SaveChangesAsync(cancellation);
        }

        return JobOutcome.Of(waiting.Count);
    }
}
