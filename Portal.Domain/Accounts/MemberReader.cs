using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Accounts;

/// <summary>Reads who is in a customer's team.</summary>
public sealed class MemberReader(IDbContextFactory<PortalDb> databases, Register register)
{
    /// <summary>The members, each with its person, from the one after <paramref name="after"/>.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's.</exception>
    public async Task<IReadOnlyList<Membership>> List(Actor actor, string customerKey, Guid after, int take, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ReadTeam, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Memberships.AsNoTracking().Include(member => member.User)
            .Where(member => member.CustomerId == customer.Id && member.UserId > after)
            .OrderBy(member => member.UserId)
            .Take(take)
            .ToListAsync(cancellation);
    }
}
