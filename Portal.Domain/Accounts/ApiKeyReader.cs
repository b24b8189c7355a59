using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Accounts;

/// <summary>Lists API keys, the revoked ones too; never their secrets, which nobody has.</summary>
public sealed class ApiKeyReader(IDbContextFactory<PortalDb> databases, Register register)
{
    /// <summary>A customer's keys in the order of their creation, from the one after <paramref name="after"/>.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's.</exception>
    public Task<IReadOnlyList<ApiKey>> ListForCustomer(Actor actor, string customerKey, Guid after, int take, CancellationToken cancellation) =>
        List(register.Now.Customer(actor, Permission.ReadKeys, customerKey).Customer.Id, after, take, cancellation);

    /// <summary>The operator's own keys in the order of their creation, from the one after <paramref name="after"/>.</summary>
    public Task<IReadOnlyList<ApiKey>> ListForOperator(Actor actor, Guid after, int take, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadOperations);
        return List(null, after, take, cancellation);
    }

    private async Task<IReadOnlyList<ApiKey>> List(int? customerId, Guid after, int take, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.ApiKeys.AsNoTracking()
            .Where(key => key.CustomerId == customerId && key.Id > after)
            .OrderBy(key => key.Id)
            .Take(take)
            .ToListAsync(cancellation);
    }
}
