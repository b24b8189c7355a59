using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>A member's own address for alerts, as it sees it.</summary>
/// <param name="Url">Where it listens.</param>
/// <param name="DisabledAt">Since when nothing is sent to it, in business time, because it took nothing for three days; null while it works.</param>
/// <param name="LastState">What became of the newest delivery; null before the first.</param>
/// <param name="LastAt">When that was written, in business time.</param>
/// <param name="LastError">What its last attempt ran into; null where nothing.</param>
public sealed record OwnWebhook(string Url, DateTimeOffset? DisabledAt, DeliveryState? LastState, DateTimeOffset? LastAt, string? LastError);

/// <summary>Keeps a member's own address for alerts: one for each member and customer, told of the kinds that the member chose, signed and retried like every webhook.</summary>
public sealed class OwnWebhookWriter(
    IDbContextFactory<PortalDb> databases, Register register, WebhookSecrets secrets, PortalOptions options, BusinessClock clock, TimeProvider machine)
{
    /// <summary>Saves the address, or another one; one that was switched off is switched on again.</summary>
    /// <returns>The secret that signs where it is new, told this once; null where there was an address before: its secret stays.</returns>
    /// <exception cref="InvalidInputException">Where the address makes no sense.</exception>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden where the caller is no member.</exception>
    public async Task<string?> Put(Actor actor, string customerKey, string url, CancellationToken cancellation)
    {
        if (WebhookUrl.Problem(url, options.Webhooks.AllowPrivate is true) is { } problem)
        {
            throw InvalidInputException.At("url", problem);
        }

        await using var db = await databases.CreateDbContextAsync(cancellation);
        var member = await Member(db, actor, customerKey, cancellation);
        if (await Find(db, member, cancellation) is { } known)
        {
            (known.Url, known.DisabledAt) = (url, null);
            await Save(db, actor, member, "own_webhook.changed", url, cancellation);
            return null;
        }

        var secret = WebhookEndpoint.NewSecret();
        db.WebhookEndpoints.Add(new WebhookEndpoint
        {
            CustomerId = member.CustomerId, MemberId = member.UserId, Key = KeyOf(member.UserId), Url = url, Events = [], SealedSecret = secrets.Seal(secret), CreatedAt = clock.GetUtcNow(),
        });
        await Save(db, actor, member, "own_webhook.created", url, cancellation);
        return secret;
    }

    /// <summary>Removes the address, and what was on its way to it.</summary>
    /// <exception cref="Refusal">NotFound where there is none, or the customer is not the caller's; Forbidden where the caller is no member.</exception>
    public async Task Remove(Actor actor, string customerKey, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var member = await Member(db, actor, customerKey, cancellation);
        var known = await Known(db, member, cancellation);
        db.WebhookEndpoints.Remove(known);
        await Save(db, actor, member, "own_webhook.removed", known.Url, cancellation);
    }

    /// <summary>Sends a trial to the address.</summary>
    /// <exception cref="Refusal">As for <see cref="Remove"/>.</exception>
    public async Task Test(Actor actor, string customerKey, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var member = await Member(db, actor, customerKey, cancellation);
        var known = await Known(db, member, cancellation);
        Tell(db, known, WebhookEvent.Of(WebhookTypes.Test, member.CustomerId, clock.GetUtcNow(), new { message = "This is a test." }), machine.GetUtcNow());
        await db.SaveChangesAsync(cancellation);
    }

    /// <summary>Puts an event on its way to one endpoint, and to no other.</summary>
    internal static void Tell(PortalDb db, WebhookEndpoint endpoint, WebhookEvent happened, DateTimeOffset machineNow)
    {
        happened.SpreadAt = happened.CreatedAt;
        db.WebhookEvents.Add(happened);
        db.WebhookDeliveries.Add(WebhookRun.NewDelivery(endpoint.Id, happened.Id, happened.CreatedAt, machineNow));
    }

    /// <summary>The member's own address with what became of its newest delivery; null for none.</summary>
    internal static async Task<OwnWebhook?> Of(PortalDb db, Membership? member, CancellationToken cancellation)
    {
        if (member is null || await Find(db, member, cancellation) is not { } known)
        {
            return null;
        }

        var last = await db.WebhookDeliveries.AsNoTracking().Where(delivery => delivery.EndpointId == known.Id).OrderByDescending(delivery => delivery.Id).FirstOrDefaultAsync(cancellation);
        var error = last is null ? null : await db.WebhookAttempts.Where(attempt => attempt.DeliveryId == last.Id).OrderByDescending(attempt => attempt.Id)
            .Select(attempt => attempt.Error).FirstOrDefaultAsync(cancellation);
        return new OwnWebhook(known.Url, known.DisabledAt, last?.State, last?.CreatedAt, error);
    }

    // No endpoint of the customer's can have it: a tilde stands in no identifier.
    private static string KeyOf(Guid user) => $"~{user:N}";

    private static Task<WebhookEndpoint?> Find(PortalDb db, Membership member, CancellationToken cancellation) =>
        db.WebhookEndpoints.SingleOrDefaultAsync(endpoint => endpoint.CustomerId == member.CustomerId && endpoint.MemberId == member.UserId, cancellation);

    private static async Task<WebhookEndpoint> Known(PortalDb db, Membership member, CancellationToken cancellation) =>
        await Find(db, member, cancellation) ?? throw new Refusal(RefusalKind.NotFound, "no_own_webhook", "You have saved no address: save one first.");

    private async Task<Membership> Member(PortalDb db, Actor actor, string customerKey, CancellationToken cancellation) =>
        await AlertChoiceReader.Own(db, actor, register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer, cancellation)
        ?? throw Refusal.Forbidden("Only members of the team choose how they are told, each for itself.");

    private async Task Save(PortalDb db, Actor actor, Membership member, string action, string url, CancellationToken cancellation)
    {
        db.AuditEntries.Add(AuditEntry.Of(actor, clock.GetUtcNow(), member.CustomerId, action, member.User.Email!, url));
        await db.SaveChangesAsync(cancellation);
    }
}
