using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>Delivers the sandbox processor's messages to the inbox when they are due: in its own time, and as often as a fault says.</summary>
public sealed class SandboxDelivery(IDbContextFactory<PortalDb> databases, WebhookInbox inbox, SandboxGateway gateway, BusinessClock clock) : IClockWork
{
    private const int MessagesPerRun = 1_000;

    /// <inheritdoc />
    public DueQuestion NextDue() => DueQuestion.Of($"SELECT min(deliver_at) FROM sandbox_webhooks WHERE delivered_at IS NULL");

    /// <inheritdoc />
    public async Task<JobOutcome> Run(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var now = clock.GetUtcNow();
        var due = await db.Set<SandboxWebhook>().FromSql($"""
            SELECT * FROM sandbox_webhooks WHERE delivered_at IS NULL AND deliver_at <= {now}
            ORDER BY deliver_at, charge_key, sequence LIMIT {MessagesPerRun} FOR UPDATE SKIP LOCKED
            """).ToListAsync(cancellation);
        foreach (var message in due)
        {
            for (var n = 0; n < message.Times; n++)
            {
                await inbox.Take(gateway.Name, message.Id, message.Type, message.ChargeKey, null, cancellation);
            }

            message.DeliveredAt = now;
        }

        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return JobOutcome.Of(due.Count);
    }
}
