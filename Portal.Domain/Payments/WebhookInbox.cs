using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>What became of a message that came in.</summary>
public enum MessageTaken
{
    /// <summary>It is stored, and is handled.</summary>
    New,

    /// <summary>It was there already: the gateway sent it again.</summary>
    Known,

    /// <summary>It was there already, down to its signature: somebody else may have sent it again.</summary>
    Replayed,
}

/// <summary>Takes in the gateway's messages, each once, and handles them afterwards: it asks the gateway what became of the charge or refund, so a message that is late, doubled or out of order does no harm.</summary>
public sealed class WebhookInbox(
    IDbContextFactory<PortalDb> databases, ChargeWriter charges, RefundWriter refunds, CardPageWriter pages, BusinessClock clock, ILogger<WebhookInbox> log) : IClockWork
{
    /// <summary>The type of the message that a card was saved on a page; what it is about is the page.</summary>
    public const string CardSaved = "card.saved";

    private const int MessagesPerRun = 1_000;
    private static readonly TimeSpan s_pause = TimeSpan.FromMinutes(5);

    /// <summary>Stores a message; one that is there already is dropped.</summary>
    /// <param name="gateway">Who sent it.</param>
    /// <param name="id">The gateway's id of it.</param>
    /// <param name="type">"charge.succeeded", or <see cref="CardSaved"/>.</param>
    /// <param name="about">The key of the charge or refund, or the page.</param>
    /// <param name="signedAt">When it was signed; null where messages are not signed.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<MessageTaken> Take(string gateway, string id, string type, string about, DateTimeOffset? signedAt, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        if (await db.Database.ExecuteSqlAsync($"""
            INSERT INTO payment_webhooks (gateway, id, type, charge_key, signed_at, received_at) VALUES ({gateway}, {id}, {type}, {about}, {signedAt}, {clock.GetUtcNow()})
            ON CONFLICT DO NOTHING
            """, cancellation) == 1)
        {
            return MessageTaken.New;
        }

        return signedAt is not null && await db.PaymentWebhooks.AnyAsync(known => known.Gateway == gateway && known.Id == id && known.SignedAt == signedAt, cancellation)
            ? MessageTaken.Replayed
            : MessageTaken.Known;
    }

    /// <inheritdoc />
    public DueQuestion NextDue() => DueQuestion.Of($"SELECT min(coalesce(look_at, received_at)) FROM payment_webhooks WHERE handled_at IS NULL");

    /// <inheritdoc />
    public async Task<JobOutcome> Run(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var now = clock.GetUtcNow();
        var waiting = await db.PaymentWebhooks.Where(webhook => webhook.HandledAt == null && (webhook.LookAt == null || webhook.LookAt <= now))
            .OrderBy(webhook => webhook.ReceivedAt).Take(MessagesPerRun).ToListAsync(cancellation);
        foreach (var webhook in waiting)
        {
            // Two runners may handle one message: what it leads to happens once all the same.
            var isHandled = await Handle(webhook, cancellation);
            webhook.HandledAt = isHandled ? clock.GetUtcNow() : null;
            webhook.LookAt = isHandled ? null : clock.GetUtcNow() + s_pause;
            await db.SaveChangesAsync(cancellation);
        }

        return JobOutcome.Of(waiting.Count);
    }

    private async Task<bool> Handle(PaymentWebhook webhook, CancellationToken cancellation)
    {
        if (webhook.Type != CardSaved)
        {
            if (await charges.OpenWithKey(webhook.ChargeKey, cancellation) is { } attempt)
            {
                await charges.Reconcile(attempt, cancellation);
            }
            else if (await refunds.OpenWithKey(webhook.ChargeKey, cancellation) is { } refund)
            {
                await refunds.Reconcile(refund, cancellation);
            }

            return true;
        }

        try
        {
            await pages.Finish(webhook.ChargeKey, cancellation);
            return true;
        }
        catch (GatewayException failure)
        {
            log.LogWarning("Which card was saved on the page {Page} could not be asked yet: {Reason}", webhook.ChargeKey, failure.Message);
            return false;
        }
    }
}
