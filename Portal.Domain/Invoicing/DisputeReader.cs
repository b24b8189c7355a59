using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Reads what was asked about invoices, for callers who may see them.</summary>
public sealed class DisputeReader(IDbContextFactory<PortalDb> databases, Register register)
{
    /// <summary>What was asked, what waits longest first: open, then answered, then closed.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="customerKey">Of one customer; null for all that the caller sees.</param>
    /// <param name="state">Where it stands; null for all.</param>
    /// <param name="take">The most.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<IReadOnlyList<Dispute>> List(Actor actor, string? customerKey, DisputeState? state, int take, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(actor);
        actor.Require(Permission.ReadBilling);
        var customer = customerKey is null ? actor.CustomerId : register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer.Id;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await WithAll(db).Where(dispute => (customer == null || dispute.CustomerId == customer) && (state == null || dispute.State == state))
            .OrderBy(dispute => dispute.State == DisputeState.Open ? 0 : dispute.State == DisputeState.Answered ? 1 : 2).ThenBy(dispute => dispute.ChangedAt)
            .Take(take).ToListAsync(cancellation);
    }

    /// <summary>What was asked about an invoice, the first question first.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="invoice">An invoice that the caller was let through to.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">Forbidden.</exception>
    public async Task<IReadOnlyList<Dispute>> Of(Actor actor, Invoice invoice, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(invoice);
        actor.Require(Permission.ReadBilling, invoice.Customer);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await WithAll(db).Where(dispute => dispute.InvoiceId == invoice.Id).OrderBy(dispute => dispute.AskedAt).ToListAsync(cancellation);
    }

    private static IQueryable<Dispute> WithAll(PortalDb db) =>
        db.Disputes.AsNoTracking().AsSplitQuery().Include(dispute => dispute.Messages.OrderBy(message => message.At).ThenBy(message => message.Id))
            .Include(dispute => dispute.Invoice).ThenInclude(invoice => invoice.Customer).Include(dispute => dispute.Invoice).ThenInclude(invoice => invoice.Lines);
}
