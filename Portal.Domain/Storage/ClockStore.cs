using Microsoft.EntityFrameworkCore;
using Portal.Domain.Values;

namespace Portal.Domain.Storage;

/// <summary>Keeps the business clock over restarts: the later of what was stored and what is set holds.</summary>
public sealed class ClockStore(IDbContextFactory<PortalDb> databases, BusinessClock clock, TimeProvider machine)
{
    /// <summary>Sets the clock at start. From a stored setting it has run on, also while the system was down.</summary>
    /// <param name="setting">The setting <c>Portal:SandboxClock</c>; null for none.</param>
    /// <param name="cancellation">Gives up waiting for the database.</param>
    public async Task Restore(DateTimeOffset? setting, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var stored = await db.ClockSettings.SingleOrDefaultAsync(cancellation);
        var reached = stored is null ? (DateTimeOffset?)null : stored.Business + (machine.GetUtcNow() - stored.Machine);
        if (reached is null && setting is null)
        {
            return;
        }

        clock.StartAt(reached > setting || setting is null ? reached!.Value : setting.Value);
        await Store(cancellation);
    }

    /// <summary>Stores where the clock stands, so that a restart goes on from there.</summary>
    public async Task Store(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var (business, now) = (clock.GetUtcNow(), machine.GetUtcNow());
        await db.Database.ExecuteSqlAsync($"""
            INSERT INTO clock_setting (id, business, machine) VALUES (1, {business}, {now})
            ON CONFLICT (id) DO UPDATE SET business = EXCLUDED.business, machine = EXCLUDED.machine
            """, cancellation);
    }
}
