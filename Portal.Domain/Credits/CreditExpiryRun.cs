using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Ledger;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Credits;

/// <summary>Takes away what is left of credits when they expire, each in its own instant, with its entry in the books; a share that was agreed moves into a new grant.</summary>
/// <remarks>Credits pay for what was used before they expired. An invoice comes at the end of its period, so what the period has used of them by then is kept for it, and lost only where the invoice does not take it.</remarks>
public sealed class CreditExpiryRun(IDbContextFactory<PortalDb> databases, Register register, SpendReader spends, InvoiceReader invoices, BusinessClock clock) : IClockWork
{
    private const int GrantsPerRun = 1_000;

    // How long a draft that is held up, or a period that is over and not closed yet, is waited for before it is looked at again.
    private static readonly TimeSpan s_again = TimeSpan.FromMinutes(10);

    /// <inheritdoc />
    public DueQuestion NextDue() => DueQuestion.Of($"""SELECT min(coalesce(held_until, expires_at)) FROM credit_grants WHERE "left" > 0""");

    /// <inheritdoc />
    public async Task<JobOutcome> Run(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var now = clock.GetUtcNow();
        var expired = await db.CreditGrants.FromSql($"""
            SELECT * FROM credit_grants WHERE "left" > 0 AND coalesce(held_until, expires_at) <= {now} ORDER BY expires_at, id LIMIT {GrantsPerRun} FOR UPDATE SKIP LOCKED
            """).ToListAsync(cancellation);
        foreach (var grant in expired)
        {
            var kept = await Keep(db, grant, now, cancellation);
            var gone = grant.Left - kept.Amount;
            var rest = await RollOver(db, grant, gone, now, cancellation);
            if (gone > rest)
            {
                var move = new CreditMove { GrantId = grant.Id, CustomerId = grant.CustomerId, Kind = CreditMoveKind.Expired, Amount = gone - rest, At = now };
                db.CreditMoves.Add(move);
                Journal.Moved(db, grant, move);
            }

            (grant.Left, grant.HeldUntil) = (kept.Amount, kept.Amount > 0 ? kept.Until : null);
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

    /// <summary>What of an expired grant an invoice that is still to come may take, minor units, and when that is looked at again.</summary>
    private async Task<(long Amount, DateTimeOffset Until)> Keep(PortalDb db, CreditGrant grant, DateTimeOffset now, CancellationToken cancellation)
    {
        var expiry = grant.ExpiresAt!.Value;
        if (await db.Invoices.Where(invoice => invoice.CustomerId == grant.CustomerId && invoice.Status == InvoiceStatus.Draft && invoice.Kind == InvoiceKind.Period && invoice.PeriodStart < expiry)
            .MinAsync(invoice => (DateTimeOffset?)invoice.FinalizeAt, cancellation) is { } issue)
        {
            return (grant.Left, issue > now ? issue : now + s_again);
        }

        if (register.Now.ById[grant.CustomerId] is not { Subscription: { } subscription } entry
            || BillingPeriods.Open(entry.Customer, await db.Subscriptions.AsNoTracking().SingleAsync(found => found.Id == subscription.Id, cancellation)) is not { } period
            || period.Start >= expiry)
        {
            return (0, now);
        }

        if (period.End <= now)
        {
            return (grant.Left, now + s_again);
        }

        var claimed = grant.Left;
        if (grant.HeldUntil is null && await spends.Current(entry, cancellation) is { } spend)
        {
            claimed = (await invoices.PlanOf(spend, entry.Customer, cancellation)).Uses.Where(use => use.Grant.Id == grant.Id).Sum(use => use.Amount);
        }

        return (Math.Min(grant.Left, claimed), period.End + InvoiceRun.Grace);
    }

    /// <summary>Moves the share that was agreed into a new grant, once.</summary>
    /// <returns>What was moved, minor units.</returns>
    private async Task<long> RollOver(PortalDb db, CreditGrant grant, long gone, DateTimeOffset now, CancellationToken cancellation)
    {
        var currency = Currency.Of(grant.Currency);
        var share = grant.RolloverPercent is { } percent ? Money.Round(new Money(grant.Amount, currency).Amount * percent / 100, currency).Minor : 0;
        var rest = Math.Min(gone, share);
        if (rest == 0 || (grant.HeldUntil is not null && await db.CreditGrants.AnyAsync(into => into.RolledFrom == grant.Id, cancellation)))
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
