using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Gives alerts that went to customers' addresses to their members too, as each has chosen: by a mail of its own, by its own webhook, in the portal, or not at all.</summary>
/// <remarks>It reads the outbox, so whoever writes an alert there needs to know nothing of it. Alert, copies and notices: each once.</remarks>
public sealed class AlertSpread(IDbContextFactory<PortalDb> databases, UnsubscribeLink unsubscribe, PortalLinks links, BusinessClock clock, TimeProvider machine)
{
    private const int MailsPerTransaction = 100;

    /// <summary>Spreads what was written since.</summary>
    /// <returns>How many alerts.</returns>
    public async Task<int> Run(CancellationToken cancellation)
    {
        var done = 0;
        while (await RunOnce(cancellation) is > 0 and var more)
        {
            done += more;
        }

        return done;
    }

    private async Task<int> RunOnce(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var mails = await db.Outbox.FromSql($"""
            SELECT * FROM outbox_mails WHERE alert_kind IS NOT NULL AND member_id IS NULL AND spread_at IS NULL
            ORDER BY id LIMIT {MailsPerTransaction} FOR UPDATE SKIP LOCKED
            """).ToListAsync(cancellation);
        if (mails.Count == 0)
        {
            return 0;
        }

        var ids = mails.Select(mail => mail.CustomerId).OfType<int>().Distinct().ToList();
        var members = (await db.Memberships.AsNoTracking().Include(member => member.User).Include(member => member.Customer)
            .Where(member => ids.Contains(member.CustomerId) && member.User.PasswordHash != null).ToListAsync(cancellation)).ToLookup(member => member.CustomerId);
        var choices = await db.AlertChoices.AsNoTracking().Where(choice => ids.Contains(choice.CustomerId))
            .ToDictionaryAsync(choice => (choice.CustomerId, choice.UserId, choice.Kind), cancellation);
        var hooks = await db.WebhookEndpoints.AsNoTracking().Where(own => own.MemberId != null && own.DisabledAt == null && ids.Contains(own.CustomerId!.Value))
            .ToDictionaryAsync(own => (own.CustomerId!.Value, own.MemberId!.Value), cancellation);
        var now = clock.GetUtcNow();
        foreach (var mail in mails)
        {
            mail.SpreadAt = now;
            foreach (var member in mail.CustomerId is { } customer ? members[customer] : [])
            {
                var choice = choices.GetValueOrDefault((member.CustomerId, member.UserId, mail.AlertKind!));
                if (choice?.InApp ?? true)
                {
                    db.Notices.Add(NoticeOf(mail, member));
                }

                if (choice is { Webhook: true } && hooks.GetValueOrDefault((member.CustomerId, member.UserId)) is { } hook)
                {
                    OwnWebhookWriter.Tell(db, hook, EventOf(mail, member, now), machine.GetUtcNow());
                }

                // Whoever reads the customer's own address has it already.
                if (choice is { Email: true } && !string.Equals(member.User.Email, mail.To, StringComparison.OrdinalIgnoreCase))
                {
                    db.Outbox.Add(CopyOf(mail, member, now));
                }
            }
        }

        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return mails.Count;
    }

    private static Notice NoticeOf(OutboxMail mail, Membership member) => new()
    {
        CustomerId = member.CustomerId,
        UserId = member.UserId,
        MailId = mail.Id,
        Kind = mail.AlertKind!,
        Subject = mail.Subject,
        Text = CopyMail.Notice(mail.Text),
        CreatedAt = mail.CreatedAt,
    };

    private static WebhookEvent EventOf(OutboxMail mail, Membership member, DateTimeOffset now) => WebhookEvent.Of(
        WebhookTypes.AlertTold, member.CustomerId, now, new { kind = mail.AlertKind, to = member.User.Email, subject = mail.Subject, text = CopyMail.Notice(mail.Text) });

    private OutboxMail CopyOf(OutboxMail mail, Membership member, DateTimeOffset now)
    {
        var stop = AlertKind.Of(mail.AlertKind!).IsOptional ? unsubscribe.Of(member.CustomerId, member.UserId, mail.AlertKind!) : null;
        return CopyMail.Make(mail, member, links, stop, now, machine.GetUtcNow());
    }
}
