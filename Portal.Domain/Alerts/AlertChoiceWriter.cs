using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Lets a member choose how it is told of alerts, and note what it has read. Each for itself: nobody is silenced by somebody else.</summary>
public sealed class AlertChoiceWriter(
    IDbContextFactory<PortalDb> databases, Register register, UnsubscribeLink unsubscribe, PortalLinks links, OutboxBell bell, BusinessClock clock, TimeProvider machine)
{
    /// <summary>Chooses how the member is told of one kind.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden where the caller is no member.</exception>
    public async Task Set(Actor actor, string customerKey, string kind, bool email, bool inApp, CancellationToken cancellation)
    {
        _ = AlertKind.Of(kind);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var member = await Member(db, actor, customerKey, cancellation);
        await Put(db, member.CustomerId, member.UserId, kind, email, inApp, cancellation);
    }

    /// <summary>Chooses whether the member's own address is told of one kind.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden where the caller is no member.</exception>
    public async Task SetWebhook(Actor actor, string customerKey, string kind, bool webhook, CancellationToken cancellation)
    {
        _ = AlertKind.Of(kind);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var member = await Member(db, actor, customerKey, cancellation);
        await db.Database.ExecuteSqlAsync($"""
            INSERT INTO alert_choices (customer_id, user_id, kind, email, in_app, webhook) VALUES ({member.CustomerId}, {member.UserId}, {kind}, false, true, {webhook})
            ON CONFLICT (customer_id, user_id, kind) DO UPDATE SET webhook = excluded.webhook
            """, cancellation);
    }

    /// <summary>Says when the member is left alone, in the customer's zone; both null for never. What is urgent comes all the same.</summary>
    /// <exception cref="InvalidInputException">Where one of the two is missing.</exception>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden where the caller is no member.</exception>
    public async Task SetQuietHours(Actor actor, string customerKey, TimeOnly? from, TimeOnly? until, CancellationToken cancellation)
    {
        if (from is null != until is null)
        {
            throw InvalidInputException.At(from is null ? "from" : "until", "Give both times, or neither.");
        }

        await using var db = await databases.CreateDbContextAsync(cancellation);
        var member = await Member(db, actor, customerKey, cancellation);
        (member.QuietFrom, member.QuietUntil) = (from, until);
        await db.SaveChangesAsync(cancellation);
    }

    /// <summary>Sends the member a mail that says it is a test.</summary>
    /// <returns>Where it goes.</returns>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden where the caller is no member.</exception>
    public async Task<string> Test(Actor actor, string customerKey, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var member = await Member(db, actor, customerKey, cancellation);
        db.Outbox.Add(TestMail.Make(
            member.Customer, member.UserId, member.User.Email!, links.Notifications(customerKey), $"<test.{Guid.CreateVersion7():N}@{links.Host}>",
            clock.GetUtcNow(), machine.GetUtcNow()));
        await db.SaveChangesAsync(cancellation);
        bell.Ring();
        return member.User.Email!;
    }

    /// <summary>Notes that the member has read its notices: one, or all.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden where the caller is no member.</exception>
    public async Task Read(Actor actor, string customerKey, long? notice, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var member = await Member(db, actor, customerKey, cancellation);
        var now = clock.GetUtcNow();
        await db.Notices.Where(known => known.CustomerId == member.CustomerId && known.UserId == member.UserId && known.ReadAt == null && (notice == null || known.Id == notice))
            .ExecuteUpdateAsync(read => read.SetProperty(known => known.ReadAt, now), cancellation);
    }

    /// <summary>Ends mails of the kind that a link in one is about. Twice is as good as once.</summary>
    /// <param name="token">What stands in the link.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The kind and the customer's name; null where the link is none of ours, or the person is in the team no more.</returns>
    public async Task<(AlertKind Kind, string Customer)?> Unsubscribe(string token, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        if (await Target(db, token, cancellation) is not var (member, kind))
        {
            return null;
        }

        var inApp = await db.AlertChoices.Where(choice => choice.CustomerId == member.CustomerId && choice.UserId == member.UserId && choice.Kind == kind.Key)
            .Select(choice => (bool?)choice.InApp).SingleOrDefaultAsync(cancellation) ?? true;
        await Put(db, member.CustomerId, member.UserId, kind.Key, email: false, inApp, cancellation);
        return (kind, member.Customer.Name);
    }

    /// <summary>What a link is about, before anything is done; null as for <see cref="Unsubscribe"/>.</summary>
    public async Task<(AlertKind Kind, string Customer)?> AboutLink(string token, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await Target(db, token, cancellation) is var (member, kind) ? (kind, member.Customer.Name) : null;
    }

    private async Task<(Membership Member, AlertKind Kind)?> Target(PortalDb db, string token, CancellationToken cancellation) =>
        unsubscribe.Read(token) is var (customerId, userId, kind)
        && await db.Memberships.AsNoTracking().Include(member => member.Customer).SingleOrDefaultAsync(member => member.CustomerId == customerId && member.UserId == userId, cancellation) is { } member
            ? (member, kind)
            : null;

    private async Task<Membership> Member(PortalDb db, Actor actor, string customerKey, CancellationToken cancellation) =>
        await AlertChoiceReader.Own(db, actor, register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer, cancellation)
        ?? throw Refusal.Forbidden("Only members of the team choose how they are told, each for itself.");

    private static async Task Put(PortalDb db, int customerId, Guid userId, string kind, bool email, bool inApp, CancellationToken cancellation) => await db.Database.ExecuteSqlAsync($"""
        INSERT INTO alert_choices (customer_id, user_id, kind, email, in_app) VALUES ({customerId}, {userId}, {kind}, {email}, {inApp})
        ON CONFLICT (customer_id, user_id, kind) DO UPDATE SET email = excluded.email, in_app = excluded.in_app
        """, cancellation);
}
