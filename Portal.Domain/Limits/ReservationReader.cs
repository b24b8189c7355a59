using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Limits;

/// <summary>Reads reservations.</summary>
public sealed class ReservationReader(IDbContextFactory<PortalDb> databases, Register register, BusinessClock clock)
{
    /// <summary>What a customer's reservations hold now, the oldest first.</summary>
    /// <exception cref="Refusal">NotFound or Forbidden by the gate.</exception>
    public async Task<IReadOnlyList<Reservation>> Open(Actor actor, string customerKey, Guid after, int take, CancellationToken cancellation)
    {
        var id = register.Now.Customer(actor, Permission.ReadAccess, customerKey).Customer.Id;
        var now = clock.GetUtcNow();
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Reservations.AsNoTracking()
            .Where(reservation => reservation.CustomerId == id && reservation.State == ReservationState.Held && reservation.ExpiresAt > now && reservation.Id > after)
            .OrderBy(reservation => reservation.Id).Take(take).ToListAsync(cancellation);
    }

    /// <summary>One reservation.</summary>
    /// <exception cref="Refusal">NotFound where there is none, or it is another customer's.</exception>
    public async Task<Reservation> Find(Actor actor, Guid id, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadAccess);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Reservations.AsNoTracking().SingleOrDefaultAsync(reservation => reservation.Id == id, cancellation) is { } found && actor.Sees(found.CustomerId)
            ? found
            : throw Refusal.NotFound("reservation", id.ToString());
    }
}
