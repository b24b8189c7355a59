using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Credits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Gives customers promotional credits for an outage.</summary>
public sealed class OutageWriter(
    IDbContextFactory<PortalDb> databases, Register register, OutageReader reader, OutageMail mails, OutboxBell bell, BusinessClock clock)
{
    /// <summary>Gives what the preview says, once: whoever was given credits for these hours gets nothing again, however often and from wherever it is applied.</summary>
    /// <returns>The outage with all that was given for it.</returns>
    /// <exception cref="InvalidInputException">Where a field makes no sense.</exception>
    /// <exception cref="Refusal">Forbidden; Conflict where the key has other hours or another share, or nobody gets anything.</exception>
    public async Task<Outage> Apply(Actor actor, OutageTerms terms, CancellationToken cancellation)
    {
        var shares = await reader.Preview(actor, terms, cancellation);
        var now = clock.GetUtcNow();
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);

        // Outages are rare: two at once go one after the other, so that hours in common are seen.
        await db.Database.ExecuteSqlAsync($"LOCK TABLE outages IN SHARE ROW EXCLUSIVE MODE", cancellation);
        var outage = await db.Outages.Include(stored => stored.Credits).SingleOrDefaultAsync(stored => stored.Key == terms.Key, cancellation);
        if (outage is not null && (outage.Start, outage.End, outage.Percent) != (terms.Start, terms.End, terms.Percent))
        {
            throw Refusal.Conflict("other_outage", $"Outage '{terms.Key}' was applied with other hours or another share: give this one a key of its own.");
        }

        var given = await OutageReader.Given(db, terms.Hours, cancellation);
        var due = shares.Where(share => share.Amount.Minor > 0 && !given.ContainsKey(share.Customer.Id)).ToList();
        if (due.Count == 0)
        {
            return outage ?? throw Refusal.Conflict("nothing_to_give", "Nobody who was chosen gets anything: none used what is paid for in these hours, or they were given credits for them already.");
        }

        if (outage is null)
        {
            outage = new Outage { Key = terms.Key, Name = terms.Name.Trim(), Start = terms.Start, End = terms.End, Percent = terms.Percent, AppliedAt = now, AppliedBy = actor.Name };
            db.Outages.Add(outage);
        }

        foreach (var share in due)
        {
            Give(db, actor, outage, share, now);
        }

        db.AuditEntries.Add(AuditEntry.Of(actor, now, null, "outage.applied", outage.Key, $"{outage.Percent:0.############} % to {due.Count} customers"));
        await register.Save(db, () => due.Count == 1 ? RegisterChange.Of(due[0].Customer) : RegisterChange.Everything, cancellation);
        bell.Ring();
        return outage;
    }

    private void Give(PortalDb db, Actor actor, Outage outage, OutageShare share, DateTimeOffset now)
    {
        var grant = new CreditGrant
        {
            CustomerId = share.Customer.Id,
            Kind = CreditKind.Promotional,
            Name = outage.Name,
            Currency = share.Amount.Currency.Code,
            Amount = share.Amount.Minor,
            Left = share.Amount.Minor,
            Priority = CreditGrant.PriorityDefault,
            AppliesTo = [],
            GrantedAt = now,
            GrantedBy = actor.Name,
        };
        CreditWriter.Add(db, actor, grant, share.Customer.Key);
        outage.Credits.Add(new OutageCredit
        {
            OutageKey = outage.Key, CustomerId = share.Customer.Id, Currency = grant.Currency, Cost = share.Cost, Amount = grant.Amount, GrantId = grant.Id,
        });
        db.Outbox.Add(mails.Given(share.Customer, outage, share, grant.Id, now));
    }
}
