using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;

namespace Portal.Domain.Accounts;

/// <summary>Reads who sells.</summary>
public sealed class CompanyReader(IDbContextFactory<PortalDb> databases)
{
    /// <summary>What is said about the seller; null where nothing was said yet. It stands on every invoice, so whoever reads those may read it.</summary>
    public async Task<CompanyDetails?> Read(Actor actor, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadBilling);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return (await db.Companies.AsNoTracking().SingleOrDefaultAsync(cancellation))?.Details;
    }
}
