using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Ledger;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Credits;

/// <summary>Takes away what is left of credits when they expire, each in its own instant, with its entry in the books; a share that was agreed moves into a new grant.</summary>
public sealed class CreditExpiryRun(IDbContextFactory<PortalDb> databases, Register register, BusinessClock clock) : IClockWork
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
            var rest = RollOver(db, grant, now);
            if (grant.Left > rest)
            {
                var move = new CreditMove { GrantId = grant.Id, CustomerId = grant.CustomerId, Kind = CreditMoveKind.Expired, Amount = grant.Left - rest, At = now };
                db.CreditMoves.Add(move);
                Journal.Moved(db, grant, move);
            }

            grant.Left = 0;
        }

        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        foreach (var customer in expired.Select(grant => grant.CustomerId).Distinct())
        {
            // Where access rests on credits, it may end with them.
            await register.Apply(RegisterChange.Of(register.Now.ById[customer].Customer), cancellation);
        }

        return JobOutcome.Of(expired.Count);
    }

    /// <summary>Moves the share that was agreed into a new grant.</summary>
    /// <returns>What was moved, minor units.</returns>
    private long RollOver(PortalDb db, CreditGrant grant, DateTimeOffset now)
    {
        var currency = Currency.Of(grant.Currency);
        var share = grant.RolloverPercent is { } percent ? Money.Round(new Money(grant.Amount, currency).Amount * percent / 100, currency).Minor : 0;
        var rest = Math.Min(grant.Left, share);
        if (rest == 0)
        {
            return 0;
        }

        var into = new CreditGrant
        {
            CustomerId = grant.CustomerId, Kind = grant.Kind, Name = grant.Name, Currency = grant.Currency, Amount = rest, Left = rest, Priority = grant.Priority,
            ExpiresAt = grant.ExpiresAt!.Value.AddDays(grant.RolloverDays), AppliesTo = grant.AppliesTo, GrantedAt = now, GrantedBy = Actor.System.Name, RolledFrom = grant.Id,
        };
        db.CreditMoves.Add(new CreditMove { GrantId = grant.Id, CustomerId = grant.CustomerId, Kind = CreditMoveKind.RolledOver, Amount = rest, At = now });
        CreditWriter.Add(db, Actor.System, into, register.Now.ById[grant.CustomerId].Customer.Key);
        return rest;
    }
}
