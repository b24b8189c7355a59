using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;

namespace Portal.Domain.Limits;

/// <summary>Notes which reservations have expired, and throws old ones away. Nobody waits for it: what has expired holds nothing from that instant on.</summary>
public sealed class ReservationRun(IDbContextFactory<PortalDb> databases)
{
    /// <summary>How long an ended reservation can be looked at.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <summary>Does both.</summary>
    /// <param name="now">Now, in business time.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>How many have expired.</returns>
    public async Task<int> Run(DateTimeOffset now, CancellationToken cancellation)
    {
        var before = now - Kept;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await db.Reservations.Where(reservation => reservation.ExpiresAt < before).ExecuteDeleteAsync(cancellation);
        return await db.Reservations.Where(reservation => reservation.State == ReservationState.Held && reservation.ExpiresAt <= now)
            .ExecuteUpdateAsync(change => change
                .SetProperty(reservation => reservation.State, ReservationState.Expired)
                .SetProperty(reservation => reservation.EndedAt, reservation => reservation.ExpiresAt), cancellation);
    }
}
