using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;

namespace Portal.Domain.Alerts;

/// <summary>Throws away what endpoints were told once nobody would replay it any more.</summary>
public sealed class WebhookPruneRun(IDbContextFactory<PortalDb> databases)
{
    /// <summary>How long deliveries can be looked at and replayed.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    private const int EventsAtOnce = 5_000;

    /// <summary>Throws away what is old, with its deliveries, in small steps.</summary>
    /// <param name="now">Now, in business time.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <returns>How many events.</returns>
    public async Task<int> Run(DateTimeOffset now, CancellationToken cancellation)
    {
        var before = now - Kept;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var (all, gone) = (0, EventsAtOnce);
        while (gone == EventsAtOnce)
        {
            gone = await db.WebhookEvents
                .Where(happened => db.WebhookEvents.Where(old => old.CreatedAt < before).OrderBy(old => old.CreatedAt).Select(old => old.Id).Take(EventsAtOnce).Contains(happened.Id))
                .ExecuteDeleteAsync(cancellation);
            all += gone;
        }

        return all;
    }
}
