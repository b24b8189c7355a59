using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Accounts;

/// <summary>Reads who changed what.</summary>
public sealed class AuditReader(IDbContextFactory<PortalDb> databases, Register register)
{
    /// <summary>The newest changes of some kinds that concern a customer, for a caller who may see them.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="permission">What the caller must be allowed to read.</param>
    /// <param name="customerKey">The customer.</param>
    /// <param name="actions">The kinds of change, such as <c>limit.set</c>; none means none.</param>
    /// <param name="take">The most entries.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<IReadOnlyList<AuditEntry>> Newest(
        Actor actor, Permission permission, string customerKey, IReadOnlyCollection<string> actions, int take, CancellationToken cancellation)
    {
        var id = register.Now.Customer(actor, permission, customerKey).Customer.Id;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.AuditEntries.AsNoTracking()
            .Where(entry => entry.CustomerId == id && actions.Contains(entry.Action))
            .OrderByDescending(entry => entry.At).ThenByDescending(entry => entry.Id)
            .Take(take).ToListAsync(cancellation);
    }

    /// <summary>All changes that concern a customer, the newest first, for the operator's people.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="customerKey">The customer.</param>
    /// <param name="before">The number of the last entry of the page before; null for the first page.</param>
    /// <param name="take">The most entries.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">NotFound where there is no such customer; Forbidden.</exception>
    public async Task<IReadOnlyList<AuditEntry>> Trail(Actor actor, string customerKey, long? before, int take, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadOperations);
        var id = register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer.Id;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.AuditEntries.AsNoTracking()
            .Where(entry => entry.CustomerId == id && (before == null || entry.Id < before))
            .OrderByDescending(entry => entry.Id)
            .Take(take).ToListAsync(cancellation);
    }
}
