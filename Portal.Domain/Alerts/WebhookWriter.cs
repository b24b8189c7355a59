using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Keeps endpoints for webhooks: the operator's own, which hear of every customer, and those of a customer, which hear of it alone.</summary>
public sealed class WebhookWriter(IDbContextFactory<PortalDb> databases, Register register, WebhookSecrets secrets, PortalOptions options, BusinessClock clock, TimeProvider machine)
{
    /// <summary>The most endpoints that one owner may have.</summary>
    public const int EndpointsMax = 20;

    /// <summary>Creates an endpoint or replaces its address and what it hears of; one that was switched off is switched on again.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="customerKey">The customer whose endpoint it is; null for the operator's own.</param>
    /// <param name="key">The owner's name for it.</param>
    /// <param name="url">Where it listens.</param>
    /// <param name="events">What it hears of.</param>
    /// <param name="cancellation">Gives up before the commit.</param>
    /// <returns>The endpoint, and its secret where it is new: nobody can tell it again.</returns>
    /// <exception cref="InvalidInputException">Where a field makes no sense.</exception>
    public async Task<(WebhookEndpoint Endpoint, string? Secret)> Put(
        Actor actor, string? customerKey, string key, string url, IReadOnlyList<string> events, CancellationToken cancellation)
    {
        var owner = OwnerOf(actor, customerKey);
        Check(key, url, events);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var endpoint = await Find(db, owner, key, cancellation);
        var now = clock.GetUtcNow();
        string? secret = null;
        if (endpoint is null)
        {
            if (await db.WebhookEndpoints.CountAsync(other => other.CustomerId == owner && other.MemberId == null, cancellation) >= EndpointsMax)
            {
                throw Refusal.Conflict("too_many_webhooks", $"There are {EndpointsMax} endpoints already: remove one first.");
            }

            secret = WebhookEndpoint.NewSecret();
            endpoint = new WebhookEndpoint { CustomerId = owner, Key = key, Url = url, Events = [.. events], SealedSecret = secrets.Seal(secret), CreatedAt = now };
            db.WebhookEndpoints.Add(endpoint);
        }
        else
        {
            (endpoint.Url, endpoint.Events, endpoint.DisabledAt) = (url, [.. events], null);
        }

        db.AuditEntries.Add(AuditEntry.Of(actor, now, owner, secret is null ? "webhook.changed" : "webhook.created", key, $"{url}: {string.Join(", ", events)}"));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return (endpoint, secret);
    }

    /// <summary>Gives an endpoint a new secret; the old one signs beside it for 24 hours, so that the receiver can change over without a gap.</summary>
    /// <returns>The endpoint and its new secret, told this once.</returns>
    /// <exception cref="Refusal">NotFound where the owner has no such endpoint.</exception>
    public async Task<(WebhookEndpoint Endpoint, string Secret)> Rotate(Actor actor, string? customerKey, string key, CancellationToken cancellation)
    {
        var secret = WebhookEndpoint.NewSecret();
        var endpoint = await Change(actor, customerKey, key, "webhook.rotated", (_, found) =>
        {
            (found.SealedPreviousSecret, found.PreviousUntil) = (found.SealedSecret, machine.GetUtcNow() + WebhookEndpoint.RotationTime);
            found.SealedSecret = secrets.Seal(secret);
        }, cancellation);
        return (endpoint, secret);
    }

    /// <summary>Removes an endpoint and what was on its way to it.</summary>
    /// <exception cref="Refusal">NotFound where the owner has no such endpoint.</exception>
    public Task Remove(Actor actor, string? customerKey, string key, CancellationToken cancellation) =>
        Change(actor, customerKey, key, "webhook.removed", (db, endpoint) => db.WebhookEndpoints.Remove(endpoint), cancellation);

    /// <summary>Sends a trial event to one endpoint.</summary>
    /// <exception cref="Refusal">NotFound where the owner has no such endpoint; Conflict where there is no customer to speak of yet.</exception>
    public Task Test(Actor actor, string? customerKey, string key, CancellationToken cancellation) =>
        Change(actor, customerKey, key, "webhook.tested", (db, endpoint) =>
        {
            var about = endpoint.CustomerId ?? register.Now.ById.Keys.Order().Cast<int?>().FirstOrDefault()
                ?? throw Refusal.Conflict("no_customer", "Create a customer first: every event is about one.");
            var now = clock.GetUtcNow();
            var happened = WebhookEvent.Of(WebhookTypes.Test, about, now, new { message = "This is a test." });
            happened.SpreadAt = now;
            db.WebhookEvents.Add(happened);
            db.WebhookDeliveries.Add(WebhookRun.NewDelivery(endpoint.Id, happened.Id, now, machine.GetUtcNow()));
        }, cancellation);

    /// <summary>Sends a delivery again, with the same event id and all of its attempts.</summary>
    /// <exception cref="Refusal">NotFound where the owner's endpoint has no such delivery.</exception>
    public Task Replay(Actor actor, string? customerKey, string key, Guid delivery, CancellationToken cancellation) =>
        Change(actor, customerKey, key, "webhook.replayed", async (db, endpoint) =>
        {
            var found = await db.WebhookDeliveries.SingleOrDefaultAsync(candidate => candidate.Id == delivery && candidate.EndpointId == endpoint.Id, cancellation)
                ?? throw Refusal.NotFound("delivery", delivery.ToString());
            var now = machine.GetUtcNow();
            (found.State, found.Attempts, found.NextAttemptAt, found.GiveUpAt) = (DeliveryState.Pending, 0, now, now + WebhookRun.Patience);
        }, cancellation);

    private Task<WebhookEndpoint> Change(
        Actor actor, string? customerKey, string key, string action, Action<PortalDb, WebhookEndpoint> change, CancellationToken cancellation) =>
        Change(actor, customerKey, key, action, (db, endpoint) =>
        {
            change(db, endpoint);
            return Task.CompletedTask;
        }, cancellation);

    private async Task<WebhookEndpoint> Change(
        Actor actor, string? customerKey, string key, string action, Func<PortalDb, WebhookEndpoint, Task> change, CancellationToken cancellation)
    {
        var owner = OwnerOf(actor, customerKey);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var endpoint = await Find(db, owner, key, cancellation) ?? throw Refusal.NotFound("webhook", key);
        await change(db, endpoint);
        db.AuditEntries.Add(AuditEntry.Of(actor, clock.GetUtcNow(), owner, action, key, endpoint.Url));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return endpoint;
    }

    private int? OwnerOf(Actor actor, string? customerKey)
    {
        if (customerKey is not null)
        {
            return register.Now.Customer(actor, Permission.ManageKeys, customerKey).Customer.Id;
        }

        actor.Require(Permission.ManageOperations);
        return null;
    }

    // The lock makes two changes at once one after the other.
    private static async Task<WebhookEndpoint?> Find(PortalDb db, int? owner, string key, CancellationToken cancellation)
    {
        var found = await db.WebhookEndpoints.FromSql($"SELECT * FROM webhook_endpoints WHERE customer_id IS NOT DISTINCT FROM {owner} AND member_id IS NULL AND key = {key} FOR UPDATE")
            .ToListAsync(cancellation);
        return found is [var endpoint] ? endpoint : null;
    }

    private void Check(string key, string url, IReadOnlyList<string> events)
    {
        var errors = new FieldErrors();
        Identifier.Check(key, "key", errors);
        if (WebhookUrl.Problem(url, options.Webhooks.AllowPrivate is true) is { } problem)
        {
            errors.Add("url", problem);
        }

        var known = WebhookTypes.All.Select(type => type.Type).ToList();
        if (events.Count == 0)
        {
            errors.Add("events", $"Say what it should hear of: some of {string.Join(", ", known)}.");
        }

        for (var i = 0; i < events.Count; i++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"events[{i}]");
            if (!known.Contains(events[i]))
            {
                errors.Add(path, $"There is no event '{events[i]}': use some of {string.Join(", ", known)}.");
            }
            else if (events.Take(i).Contains(events[i]))
            {
                errors.Add(path, $"'{events[i]}' stands twice: keep one.");
            }
        }

        errors.ThrowIfAny();
    }
}
