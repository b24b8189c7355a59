using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;

namespace Portal.Domain.Limits;

/// <summary>Finds customers whose usage moved on since the last look, by their usage versions: one small query for all.</summary>
public sealed class UsageVersions(IDbContextFactory<PortalDb> databases)
{
    private Dictionary<int, long> _last = [];

    /// <summary>Customers whose usage changed since the last call; all of them at the first. Not for two callers at once.</summary>
    public async Task<IReadOnlyList<int>> Changed(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var now = await db.Customers.AsNoTracking()
            .Select(customer => new { customer.Id, customer.UsageVersion })
            .ToDictionaryAsync(customer => customer.Id, customer => customer.UsageVersion, cancellation);
        var before = _last;
        _last = now;
        return [.. now.Where(customer => !(before.TryGetValue(customer.Key, out var last) && last == customer.Value)).Select(customer => customer.Key)];
    }
}
