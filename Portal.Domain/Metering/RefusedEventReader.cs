using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>Reads the events that were acknowledged from the spool and refused afterwards.</summary>
public sealed class RefusedEventReader(IDbContextFactory<PortalDb> databases)
{
    /// <summary>Those that nobody settled yet, the newest first.</summary>
    /// <exception cref="Refusal">Forbidden by the gate.</exception>
    public async Task<IReadOnlyList<RefusedRow>> List(Actor actor, int take, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadOperations);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await (
            from refused in db.RefusedEvents.AsNoTracking()
            join customer in db.Customers on refused.CustomerId equals customer.Id
            orderby refused.Id descending
            select new RefusedRow(refused, customer.Key))
            .Take(take).ToListAsync(cancellation);
    }
}

/// <summary>A refused event with its customer.</summary>
/// <param name="Event">The event.</param>
/// <param name="CustomerKey">The customer's key.</param>
public sealed record RefusedRow(RefusedEvent Event, string CustomerKey);
