using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Limits;

/// <summary>Reads spikes, for a customer or for the operator's people.</summary>
public sealed class SpikeReader(IDbContextFactory<PortalDb> databases, Register register)
{
    /// <summary>Spikes, the newest first.</summary>
    /// <param name="actor">Who asks; a customer's caller sees its own.</param>
    /// <param name="customerKey">One customer's alone; null for all that the caller sees.</param>
    /// <param name="before">The number of the last one of the page before; null for the first page.</param>
    /// <param name="take">The most.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<IReadOnlyList<SpikeRow>> List(Actor actor, string? customerKey, long? before, int take, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadBilling);
        var customerId = customerKey is null ? actor.CustomerId : register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer.Id;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var spikes = await db.Spikes.AsNoTracking()
            .Where(spike => (customerId == null || spike.CustomerId == customerId) && (before == null || spike.Id < before))
            .OrderByDescending(spike => spike.Id).Take(take).ToListAsync(cancellation);
        return spikes.ConvertAll(spike => new SpikeRow(spike, register.Now.ById[spike.CustomerId]));
    }
}

/// <summary>A spike with its customer.</summary>
/// <param name="Spike">The spike.</param>
/// <param name="Entry">The customer as it stands now.</param>
public sealed record SpikeRow(Spike Spike, CustomerEntry Entry)
{
    /// <summary>The activity in percent of what was usual; null where nothing was.</summary>
    public decimal? Percent => Spike.Baseline > 0 ? Spike.Value / Spike.Baseline * 100 : null;

    /// <summary>An amount of the customer's currency.</summary>
    public Money Amount(decimal value) => Money.Round(value, Currency.Of(Entry.Customer.Currency));
}
