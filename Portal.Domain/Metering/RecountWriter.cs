using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>Asks that usage be counted anew from its events. The work is done by <see cref="RecountRun"/>, while events come in.</summary>
public sealed class RecountWriter(IDbContextFactory<PortalDb> databases, Register register, BusinessClock clock)
{
    /// <summary>Asks for a rebuild of all of a customer's usage; one that is under way already is enough.</summary>
    /// <exception cref="Refusal">Forbidden by the gate; NotFound where there is no such customer.</exception>
    public async Task Rebuild(Actor actor, string customerKey, CancellationToken cancellation)
    {
        actor.Require(Permission.ManageOperations);
        var customer = register.Now.Customer(actor, Permission.ReadUsage, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var now = clock.GetUtcNow();
        var asked = await db.Database.ExecuteSqlAsync($"""
            INSERT INTO recounts (customer_id, actor, asked_at, readings, differences, version) VALUES ({customer.Id}, {actor.Name}, {now}, 0, 0, 0)
            ON CONFLICT DO NOTHING
            """, cancellation);
        if (asked > 0)
        {
            db.AuditEntries.Add(AuditEntry.Of(actor, now, customer.Id, "usage.rebuild", customer.Key));
            await db.SaveChangesAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Lets a meter count the events that were stored before it. Asked again, it changes nothing.</summary>
    /// <returns>For how many customers something is counted; 0 where the meter counts all stored events already.</returns>
    /// <exception cref="Refusal">Forbidden by the gate; NotFound where there is no such meter.</exception>
    public async Task<int> Backfill(Actor actor, string meterKey, CancellationToken cancellation)
    {
        actor.Require(Permission.ManageCatalog);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);

        // The row is the lock: of two who ask at once, the second one finds it done.
        var meter = await db.Meters.FromSql($"SELECT * FROM meters WHERE key = {meterKey} FOR UPDATE").SingleOrDefaultAsync(cancellation)
            ?? throw Refusal.NotFound("meter", meterKey);
        if (meter.CountsFrom is null || meter.BackfilledAt is not null)
        {
            return 0;
        }

        var now = clock.GetUtcNow();
        meter.BackfilledAt = now;
        var customers = await db.Database.ExecuteSqlAsync($"""
            INSERT INTO recounts (customer_id, meter_id, actor, asked_at, readings, differences, version)
            SELECT id, {meter.Id}, {actor.Name}, {now}, 0, 0, 0 FROM customers
            WHERE EXISTS (SELECT FROM events WHERE events.customer_id = customers.id)
            ON CONFLICT DO NOTHING
            """, cancellation);
        db.AuditEntries.Add(AuditEntry.Of(actor, now, null, "meter.backfill", meterKey, $"events received before {meter.CountsFrom:yyyy-MM-dd'T'HH:mm:ss'Z'}, of {customers} customers"));
        await register.Save(db, () => RegisterChange.Catalog, cancellation);
        return customers;
    }
}
