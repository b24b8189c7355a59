using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Accounts;

/// <summary>Reads customers.</summary>
public sealed class CustomerReader(IDbContextFactory<PortalDb> databases, Register register)
{
    /// <summary>The customer of this key.</summary>
    /// <exception cref="Refusal">NotFound where there is none, or it is not the caller's.</exception>
    public Customer Find(Actor actor, string key) => register.Now.Customer(actor, Permission.ReadBilling, key).Customer;

    /// <summary>Customers in the order of their creation, from the one after <paramref name="after"/>.</summary>
    public async Task<IReadOnlyList<Customer>> List(Actor actor, long after, int take, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadCustomers);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Customers.AsNoTracking()
            .Where(customer => customer.Id > after)
            .OrderBy(customer => customer.Id)
            .Take(take)
            .ToListAsync(cancellation);
    }
}
