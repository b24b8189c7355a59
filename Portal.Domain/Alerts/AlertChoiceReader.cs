using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Reads how members are told of alerts, what each was told, and what became of the mails.</summary>
public sealed class AlertChoiceReader(IDbContextFactory<PortalDb> databases, Register register)
{
    /// <summary>How members are told: the caller alone, or, for those who may change the team, all; the caller first.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<IReadOnlyList<MemberChannels>> Members(Actor actor, string customerKey, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var own = await Own(db, actor, customer, cancellation);
        var webhook = await OwnWebhookWriter.Of(db, own, cancellation);
        var seesAll = actor.May(Permission.ManageTeam);
        var members = await db.Memberships.AsNoTracking().Include(member => member.User)
            .Where(member => member.CustomerId == customer.Id && (seesAll || own != null && member.UserId == own.UserId)).ToListAsync(cancellation);
        var choices = (await db.AlertChoices.AsNoTracking().Where(choice => choice.CustomerId == customer.Id).ToListAsync(cancellation)).ToLookup(choice => choice.UserId);
        return [.. members
            .OrderBy(member => member.UserId != own?.UserId).ThenBy(member => member.User.Email, StringComparer.Ordinal)
            .Select(member => new MemberChannels(
                member.User.Email!, member.UserId == own?.UserId, member.QuietFrom, member.QuietUntil, member.UserId == own?.UserId ? webhook : null,
                [.. AlertKind.All.Select(kind => choices[member.UserId].FirstOrDefault(choice => choice.Kind == kind.Key) is { } choice
                    ? new KindChannels(kind, choice.Email, choice.InApp, choice.Webhook)
                    : new KindChannels(kind, false, true, false))]))];
    }

    /// <summary>The caller's own notices, the newest first.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<IReadOnlyList<Notice>> Notices(Actor actor, string customerKey, long? before, int take, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await Own(db, actor, customer, cancellation) is { } own
            ? await db.Notices.AsNoTracking().Where(notice => notice.CustomerId == customer.Id && notice.UserId == own.UserId && (before == null || notice.Id < before))
                .OrderByDescending(notice => notice.Id).Take(take).ToListAsync(cancellation)
            : [];
    }

    /// <summary>How many of the caller's own notices are unread.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<int> Unread(Actor actor, string customerKey, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await Own(db, actor, customer, cancellation) is { } own
            ? await db.Notices.CountAsync(notice => notice.CustomerId == customer.Id && notice.UserId == own.UserId && notice.ReadAt == null, cancellation)
            : 0;
    }

    /// <summary>What became of the alerts' mails, the newest first: to the customer's address, and to members.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<IReadOnlyList<MailLogRow>> MailLog(Actor actor, string customerKey, int take, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var own = await Own(db, actor, customer, cancellation);
        var (ownId, seesAll) = (own?.UserId, actor.May(Permission.ManageTeam));
        return await db.Outbox.AsNoTracking()
            .Where(mail => mail.CustomerId == customer.Id && (mail.AlertKind != null || mail.MemberId != null) && (mail.MemberId == null || seesAll || mail.MemberId == ownId))
            .OrderByDescending(mail => mail.Id).Take(take)
            .Select(mail => new MailLogRow(mail.Id, mail.To, mail.Subject, mail.State, mail.CreatedAt, mail.SentAt, mail.HoldUntil, mail.LastError)).ToListAsync(cancellation);
    }

    /// <summary>The caller's own place in a team; null where it has none: a key, a visitor by a link, one of the operator's people.</summary>
    internal static Task<Membership?> Own(PortalDb db, Actor actor, Customer customer, CancellationToken cancellation) => actor.Member is null
        ? Task.FromResult<Membership?>(null)
        : db.Memberships.Include(member => member.User).Include(member => member.Customer)
            .SingleOrDefaultAsync(member => member.CustomerId == customer.Id && member.User.Email == actor.Name, cancellation);
}

/// <summary>How a member is told.</summary>
/// <param name="Email">The member's address.</param>
/// <param name="IsOwn">Whether it is the caller.</param>
/// <param name="QuietFrom">From when it is left alone; null for never.</param>
/// <param name="QuietUntil">Until when.</param>
/// <param name="Webhook">The caller's own address for alerts; null for none, and for others.</param>
/// <param name="Kinds">By kind, in the order of <see cref="AlertKind.All"/>.</param>
public sealed record MemberChannels(string Email, bool IsOwn, TimeOnly? QuietFrom, TimeOnly? QuietUntil, OwnWebhook? Webhook, IReadOnlyList<KindChannels> Kinds);

/// <summary>How a member is told of one kind.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Email">By a mail of its own.</param>
/// <param name="InApp">In the portal.</param>
/// <param name="Webhook">By a webhook to its own address.</param>
public sealed record KindChannels(AlertKind Kind, bool Email, bool InApp, bool Webhook);

/// <summary>A mail as its customer sees it: what became of it, not what it says.</summary>
/// <param name="Id">The database's number.</param>
/// <param name="To">The recipient.</param>
/// <param name="Subject">The subject line.</param>
/// <param name="State">Where it stands.</param>
/// <param name="CreatedAt">When it was written, in business time.</param>
/// <param name="SentAt">When it left; null until then.</param>
/// <param name="HoldUntil">Until when quiet hours hold it; null for none.</param>
/// <param name="LastError">What the last attempt ran into; null where nothing.</param>
public sealed record MailLogRow(
    long Id, string To, string Subject, MailState State, DateTimeOffset CreatedAt, DateTimeOffset? SentAt, DateTimeOffset? HoldUntil, string? LastError);
