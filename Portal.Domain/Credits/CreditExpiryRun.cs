using Microsoft.EntityFrameworkCore;
using Portal.Domain.Ledger;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Credits;

/// <summary>Takes away what is left of credits when they expire, each in its own instant, with its entry in the books.</summary>
public sealed class CreditExpiryRun(IDbContextFactory<PortalDb> databases, BusinessClock clock) : IClockWork
{
    private const int GrantsPerRun = 1_000;

    /// <inheritdoc />
    public async Task<DateTimeOffset?> NextDue(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.CreditGrants.Where(grant => grant.Left > 0).MinAsync(grant => grant.ExpiresAt, cancellation);
    }

    /// <inheritdoc />
    public async Task<JobOutcome> Run(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var now = clock.GetUtcNow();
        var expired = await db.CreditGrants.FromSql($"""
            SELECT * FROM credit_grants WHERE "left" > 0 AND expires_at <= {now} ORDER BY expires_at, id LIMIT {GrantsPerRun} FOR UPDATE SKIP LOCKED
            """).ToListAsync(cancellation);
        foreach (var grant in expired)
        {
            var move = new CreditMove { GrantId = grant.Id, CustomerId = grant.CustomerId, Kind = CreditMoveKind.Expired, Amount = grant.Left, At = now };
            grant.Left = 0;
            db.CreditMoves.Add(move);
            Journal.Moved(db, grant, move);
        }

        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return JobOutcome.Of(expired.Count);
    }
}
