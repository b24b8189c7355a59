using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Portal.Domain.Storage;

namespace Portal.Domain.Accounts;

/// <summary>Notes when each API key was last used, in memory, and stores it once a minute: no request waits for it.</summary>
public sealed class ApiKeyUse(IDbContextFactory<PortalDb> databases, TimeProvider machine, ILogger<ApiKeyUse> log)
    : PeriodicWrite(TimeSpan.FromMinutes(1), "The times at which API keys were last used", machine, log)
{
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _used = new();

    /// <summary>Notes that a key was used just now.</summary>
    public void Note(ApiKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        _used[key.Id] = Machine.GetUtcNow();
    }

    /// <summary>Stores what was noted since the last time.</summary>
    public override async Task Write(CancellationToken cancellation)
    {
        var used = _used.ToArray();
        if (used.Length == 0)
        {
            return;
        }

        var (ids, times) = (used.Select(entry => entry.Key).ToArray(), used.Select(entry => entry.Value).ToArray());
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await db.Database.ExecuteSqlAsync($"""
            UPDATE api_keys SET last_used_at = greatest(last_used_at, used.at)
            FROM (SELECT * FROM unnest({ids}, {times}) AS used(id, at) ORDER BY id) AS used WHERE api_keys.id = used.id
            """, cancellation);
        foreach (var entry in used)
        {
            // One that was used again meanwhile stays for the next time.
            _used.TryRemove(entry);
        }
    }
}
