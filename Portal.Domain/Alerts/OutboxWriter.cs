using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Sends a mail of the outbox again, for the operator's people.</summary>
public sealed class OutboxWriter(IDbContextFactory<PortalDb> databases, OutboxBell bell, BusinessClock clock, TimeProvider machine)
{
    /// <summary>Queues a mail again, at once and with all of its attempts. It keeps its Message-ID, so a mail server may still drop a repeat.</summary>
    /// <exception cref="Refusal">NotFound where there is no such mail; Forbidden where the caller may not run operations.</exception>
    public async Task Resend(Actor actor, long id, CancellationToken cancellation)
    {
        actor.Require(Permission.ManageOperations);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);

        // One that is being sent is waited for: its mark and this do not overwrite each other.
        var found = await db.Outbox.FromSql($"SELECT * FROM outbox_mails WHERE id = {id} FOR UPDATE").ToListAsync(cancellation);
        if (found is not [var mail])
        {
            throw Refusal.NotFound("mail", DecimalText.Format(id));
        }

        (mail.State, mail.Attempts, mail.NextAttemptAt) = (MailState.Queued, 0, machine.GetUtcNow());
        db.AuditEntries.Add(AuditEntry.Of(actor, clock.GetUtcNow(), mail.CustomerId, "mail.resent", mail.MessageId, $"{mail.Subject} → {mail.To}"));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        bell.Ring();
    }
}
