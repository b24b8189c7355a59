using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Accounts;

/// <summary>Makes links into the portal for one customer, and opens them once.</summary>
public sealed class PortalSessionWriter(IDbContextFactory<PortalDb> databases, Register register, BusinessClock clock, TimeProvider machine, PortalLinks links)
{
    // A link that nobody used, and a visit that is over, are of no use after this time.
    private static readonly TimeSpan s_keepTime = TimeSpan.FromDays(7);

    /// <summary>Makes a link. Whoever opens it first acts for the customer in this role.</summary>
    public async Task<PortalLink> Create(Actor actor, string customerKey, MemberRole role, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageTeam, customerKey).Customer;
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var now = machine.GetUtcNow();
        var session = new PortalSession
        {
            CustomerId = customer.Id,
            Role = role,
            LinkHash = ApiKey.HashOf(token),
            LinkEndsAt = now + PortalSession.LinkTime,
            CreatedBy = actor.Name,
        };
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await db.PortalSessions.Where(old => old.LinkEndsAt < now - s_keepTime).ExecuteDeleteAsync(cancellation);
        db.PortalSessions.Add(session);
        db.AuditEntries.Add(AuditEntry.Of(actor, clock.GetUtcNow(), customer.Id, "portal_session.created", customerKey, $"As {role}"));
        await db.SaveChangesAsync(cancellation);
        return new PortalLink(links.Enter(token), session.LinkEndsAt);
    }

    /// <summary>Opens a link; null where it is none, was used, or is too old.</summary>
    public async Task<PortalSession?> Open(string token, CancellationToken cancellation)
    {
        var hash = ApiKey.HashOf(token);
        var now = machine.GetUtcNow();
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);

        // The condition is in the update: of two who open it at once, one comes in.
        var endsAt = now + PortalSession.VisitTime;
        var opened = await db.PortalSessions
            .Where(session => session.LinkHash == hash && session.EndsAt == null && session.LinkEndsAt > now)
            .ExecuteUpdateAsync(change => change.SetProperty(session => session.EndsAt, endsAt), cancellation);
        if (opened == 0)
        {
            return null;
        }

        var session = await db.PortalSessions.Include(found => found.Customer).SingleAsync(found => found.LinkHash == hash, cancellation);
        db.AuditEntries.Add(new AuditEntry { At = clock.GetUtcNow(), Actor = session.CreatedBy, CustomerId = session.CustomerId, Action = "portal_session.opened", Subject = session.Customer.Key });
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return session;
    }
}

/// <summary>A link into the portal.</summary>
/// <param name="Url">The address, which works once.</param>
/// <param name="ExpiresAt">Until when, on the machine's clock.</param>
public sealed record PortalLink(string Url, DateTimeOffset ExpiresAt);
