using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>Says how far the counting anew has come, for the operator.</summary>
public sealed class RecountReader(IDbContextFactory<PortalDb> databases, Register register)
{
    /// <summary>The newest rebuild of a customer's usage; null where there was none.</summary>
    /// <exception cref="Refusal">Forbidden by the gate; NotFound where there is no such customer.</exception>
    public async Task<Recount?> Rebuild(Actor actor, string customerKey, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadOperations);
        var customer = register.Now.Customer(actor, Permission.ReadUsage, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Recounts.AsNoTracking().Where(recount => recount.CustomerId == customer.Id && recount.MeterId == null)
            .OrderByDescending(recount => recount.Id).FirstOrDefaultAsync(cancellation);
    }

    /// <summary>How far the back-fill of a meter has come.</summary>
    /// <exception cref="Refusal">Forbidden by the gate; NotFound where there is no such meter.</exception>
    public async Task<Backfill> Backfill(Actor actor, string meterKey, CancellationToken cancellation)
    {
        actor.Require(Permission.ManageCatalog);
        var meter = register.Now.Meter(meterKey) ?? throw Refusal.NotFound("meter", meterKey);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var parts = await db.Recounts.AsNoTracking().Where(recount => recount.MeterId == meter.Id).ToListAsync(cancellation);
        return new Backfill(
            meter, parts.Count, parts.Count(part => part.EndedAt is not null && part.Error is null), parts.Count(part => part.Error is not null), parts.Sum(part => part.Readings));
    }
}

/// <summary>How far the counting of a meter's earlier events has come.</summary>
/// <param name="Meter">The meter.</param>
/// <param name="Customers">Of how many customers events are looked at; 0 where nobody asked for it or there are none.</param>
/// <param name="Done">Of how many that is done.</param>
/// <param name="Failed">Of how many it was given up; a rebuild of such a customer counts them.</param>
/// <param name="Readings">How many events it counted so far.</param>
public sealed record Backfill(Meter Meter, int Customers, int Done, int Failed, long Readings)
{
    /// <summary><c>not_needed</c>: the meter counts all stored events; <c>possible</c>: earlier ones are not counted; <c>running</c>; <c>done</c>.</summary>
    public string State => Meter.CountsFrom is null ? "not_needed"
        : Meter.BackfilledAt is null ? "possible"
        : Done + Failed < Customers ? "running"
        : "done";
}
