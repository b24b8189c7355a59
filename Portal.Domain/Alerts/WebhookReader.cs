using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Reads endpoints and what became of their deliveries.</summary>
public sealed class WebhookReader(IDbContextFactory<PortalDb> databases, Register register)
{
    /// <summary>An owner's endpoints by key.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="customerKey">The customer whose they are; null for the operator's own.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">NotFound or Forbidden by the gate.</exception>
    public async Task<IReadOnlyList<WebhookEndpoint>> List(Actor actor, string? customerKey, CancellationToken cancellation)
    {
        var owner = OwnerOf(actor, customerKey);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.WebhookEndpoints.AsNoTracking().Where(endpoint => endpoint.CustomerId == owner && endpoint.MemberId == null).OrderBy(endpoint => endpoint.Key).ToListAsync(cancellation);
    }

    /// <summary>One endpoint.</summary>
    /// <exception cref="Refusal">NotFound where the owner has no such endpoint.</exception>
    public async Task<WebhookEndpoint> Find(Actor actor, string? customerKey, string key, CancellationToken cancellation)
    {
        var owner = OwnerOf(actor, customerKey);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.WebhookEndpoints.AsNoTracking().SingleOrDefaultAsync(endpoint => endpoint.CustomerId == owner && endpoint.MemberId == null && endpoint.Key == key, cancellation)
            ?? throw Refusal.NotFound("webhook", key);
    }

    /// <summary>Deliveries of an endpoint, the newest first, each with its last attempt.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="customerKey">The customer whose endpoint it is; null for the operator's own.</param>
    /// <param name="key">The endpoint.</param>
    /// <param name="before">The id of the last delivery of the page before; null for the first page.</param>
    /// <param name="take">The most deliveries.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">NotFound where the owner has no such endpoint.</exception>
    public async Task<IReadOnlyList<DeliveryRow>> Deliveries(Actor actor, string? customerKey, string key, Guid? before, int take, CancellationToken cancellation)
    {
        var endpoint = await Find(actor, customerKey, key, cancellation);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await (
            from delivery in db.WebhookDeliveries.AsNoTracking()
            join happened in db.WebhookEvents on delivery.EventId equals happened.Id
            join customer in db.Customers on happened.CustomerId equals customer.Id
            where delivery.EndpointId == endpoint.Id && (before == null || delivery.Id < before)
            orderby delivery.Id descending
            let last = db.WebhookAttempts.Where(attempt => attempt.DeliveryId == delivery.Id).OrderByDescending(attempt => attempt.Id).FirstOrDefault()
            select new DeliveryRow(
                delivery.Id, happened.Id, happened.Type, customer.Key, happened.Data, happened.CreatedAt, delivery.State, delivery.Attempts,
                delivery.NextAttemptAt, delivery.DeliveredAt, last))
            .Take(take).ToListAsync(cancellation);
    }

    private int? OwnerOf(Actor actor, string? customerKey)
    {
        if (customerKey is not null)
        {
            return register.Now.Customer(actor, Permission.ReadKeys, customerKey).Customer.Id;
        }

        actor.Require(Permission.ReadOperations);
        return null;
    }
}

/// <summary>A delivery as a person sees it.</summary>
/// <param name="Id">The delivery.</param>
/// <param name="EventId">The event, as its receiver knows it.</param>
/// <param name="Type">What happened.</param>
/// <param name="Customer">The key of the customer that it is about.</param>
/// <param name="Data">The facts, as JSON.</param>
/// <param name="CreatedAt">When it happened, in business time.</param>
/// <param name="State">Where the delivery stands.</param>
/// <param name="Attempts">Attempts so far.</param>
/// <param name="NextAttemptAt">When it is tried next, on the machine's clock.</param>
/// <param name="DeliveredAt">When the endpoint took it, in business time; null until then.</param>
/// <param name="Last">The last attempt; null before the first.</param>
public sealed record DeliveryRow(
    Guid Id, Guid EventId, string Type, string Customer, string Data, DateTimeOffset CreatedAt, DeliveryState State, int Attempts,
    DateTimeOffset NextAttemptAt, DateTimeOffset? DeliveredAt, WebhookAttempt? Last);
