using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Accounts;

/// <summary>Says who sells. Finalized invoices keep what was said when they were issued.</summary>
public sealed class CompanyWriter(IDbContextFactory<PortalDb> databases, Register register, BusinessClock clock)
{
    /// <summary>Replaces what is said about the seller.</summary>
    /// <returns>Whether nothing was said before.</returns>
    /// <exception cref="InvalidInputException">Where a field makes no sense.</exception>
    public async Task<bool> Put(Actor actor, CompanyDetails details, CancellationToken cancellation)
    {
        actor.Require(Permission.ManageOperations);
        details.MustMakeSense();
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var company = await db.Companies.SingleOrDefaultAsync(cancellation);
        if (company is null)
        {
            db.Companies.Add(new Company { Details = details });
        }
        else
        {
            company.Details = details;
        }

        db.AuditEntries.Add(AuditEntry.Of(actor, clock.GetUtcNow(), null, "company.changed", details.Name, JsonSerializer.Serialize(details, JsonColumns.Options)));
        await register.Save(db, () => RegisterChange.Company, cancellation);
        return company is null;
    }
}
