using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Reads what the operator's people must look at.</summary>
public sealed class AlarmReader(IDbContextFactory<PortalDb> databases)
{
    /// <summary>Alarms, the newest first.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="withCleared">Whether those that somebody saw to are listed as well.</param>
    /// <param name="before">The number of the last alarm of the page before; null for the first page.</param>
    /// <param name="take">The most alarms.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">Forbidden where the caller may not see operations.</exception>
    public async Task<IReadOnlyList<AlarmRow>> List(Actor actor, bool withCleared, long? before, int take, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadOperations);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await (
            from alarm in db.Alarms.AsNoTracking()
            join customer in db.Customers on alarm.CustomerId equals customer.Id into customers
            from customer in customers.DefaultIfEmpty()
            where (withCleared || alarm.ClearedAt == null) && (before == null || alarm.Id < before)
            orderby alarm.Id descending
            select new AlarmRow(alarm, customer == null ? null : customer.Key))
            .Take(take).ToListAsync(cancellation);
    }
}

/// <summary>An alarm with the customer that it is about.</summary>
/// <param name="Alarm">The alarm.</param>
/// <param name="CustomerKey">The customer's key; null for none or many.</param>
public sealed record AlarmRow(Alarm Alarm, string? CustomerKey);
