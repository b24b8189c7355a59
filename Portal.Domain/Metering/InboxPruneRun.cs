using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;

namespace Portal.Domain.Metering;

/// <summary>Throws events of unknown types away when they have waited long enough for a meter, and forgets customers that nobody knows.</summary>
public sealed class InboxPruneRun(IDbContextFactory<PortalDb> databases)
{
    /// <summary>How long they are kept from their receipt.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    /// <summary>Throws away what is due.</summary>
    /// <param name="now">Business time.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>How many rows it threw away.</returns>
    public async Task<int> Run(DateTimeOffset now, CancellationToken cancellation)
    {
        var before = now - Kept;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.UnknownEvents.Where(unknown => unknown.ReceivedAt < before).ExecuteDeleteAsync(cancellation)
            + await db.UnknownCustomers.Where(unknown => unknown.LastAt < before).ExecuteDeleteAsync(cancellation);
    }
}
