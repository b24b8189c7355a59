using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>Shows the charges that only the gateway knows, and takes note of who has dealt with one.</summary>
public sealed class StrayChargeWriter(IDbContextFactory<PortalDb> databases, BusinessClock clock)
{
    private const int RowsMax = 1_000;

    /// <summary>Those that wait for a person, the oldest first.</summary>
    /// <exception cref="Refusal">Forbidden.</exception>
    public async Task<IReadOnlyList<FoundCharge>> Waiting(Actor actor, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadCustomers);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var strays = await db.StrayCharges.AsNoTracking().Where(stray => stray.ConfirmedAt == null).OrderBy(stray => stray.ChargedAt).Take(RowsMax).ToListAsync(cancellation);
        var ids = strays.Select(stray => Guid.TryParse(stray.Reference, out var id) ? id : Guid.Empty).ToList();
        var invoices = await db.Invoices.AsNoTracking().Where(invoice => ids.Contains(invoice.Id)).ToDictionaryAsync(invoice => invoice.Id, cancellation);
        return [.. strays.Zip(ids, (stray, id) => new FoundCharge(stray, invoices.GetValueOrDefault(id)))];
    }

    /// <summary>Says that a charge is dealt with: with the last of them, charges go on. One of an invoice that is known here is booked by its next charge, under the same key, without a second one.</summary>
    /// <exception cref="Refusal">NotFound where none of this name waits; Forbidden.</exception>
    public async Task Confirm(Actor actor, string chargeId, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(actor);
        actor.Require(Permission.ReadCustomers);
        actor.Require(Permission.ManageInvoices);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var stray = await db.StrayCharges.SingleOrDefaultAsync(found => found.ChargeId == chargeId && found.ConfirmedAt == null, cancellation)
            ?? throw Refusal.NotFound("charge that waits to be confirmed", chargeId);
        (stray.ConfirmedAt, stray.ConfirmedBy) = (clock.GetUtcNow(), actor.Name);
        db.AuditEntries.Add(AuditEntry.Of(actor, stray.ConfirmedAt.Value, null, "payment.stray_confirmed", chargeId, new Money(stray.Amount, Currency.Of(stray.Currency)).ToString()));
        await db.SaveChangesAsync(cancellation);
    }
}

/// <summary>A charge that only the gateway knows.</summary>
/// <param name="Charge">The charge.</param>
/// <param name="Invoice">The invoice that it was for; null where that is not known here either.</param>
public sealed record FoundCharge(StrayCharge Charge, Invoice? Invoice);
