using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Ledger;

/// <summary>Reads the journal, for the operator's people.</summary>
public sealed class LedgerReader(IDbContextFactory<PortalDb> databases, Register register)
{
    /// <summary>Entries of the journal, the newest first.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="query">Which are asked for.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">Forbidden; NotFound where there is no such customer.</exception>
    public async Task<IReadOnlyList<LedgerEntry>> List(Actor actor, LedgerQuery query, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        actor.Require(Permission.ReadCustomers);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await Of(db, actor, query).Where(entry => query.Before == null || entry.Id < query.Before)
            .OrderByDescending(entry => entry.Id).Take(query.Take).ToListAsync(cancellation);
    }

    /// <summary>What each account stands at in each currency, over all entries that are asked for: debits less credits, minor units.</summary>
    /// <exception cref="Refusal">Forbidden; NotFound where there is no such customer.</exception>
    public async Task<IReadOnlyList<AccountBalance>> Balances(Actor actor, LedgerQuery query, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        actor.Require(Permission.ReadCustomers);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var sums = await Of(db, actor, query).GroupBy(entry => new { entry.Currency, entry.Debit, entry.Credit })
            .Select(entries => new { entries.Key, Amount = entries.Sum(entry => entry.Amount) }).ToListAsync(cancellation);
        return
        [
            .. sums.SelectMany(sum => new[] { (sum.Key.Currency, Account: sum.Key.Debit, sum.Amount), (sum.Key.Currency, Account: sum.Key.Credit, Amount: -sum.Amount) })
                .GroupBy(side => (side.Currency, side.Account))
                .OrderBy(group => group.Key.Currency, StringComparer.Ordinal).ThenBy(group => group.Key.Account)
                .Select(group => new AccountBalance(group.Key.Account, new Money(group.Sum(side => side.Amount), Currency.Of(group.Key.Currency)))),
        ];
    }

    /// <summary>How far the series of invoices and credit notes have come, and whether a number is missing.</summary>
    /// <exception cref="Refusal">Forbidden.</exception>
    public async Task<IReadOnlyList<NumberStand>> Numbers(Actor actor, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(actor);
        actor.Require(Permission.ReadCustomers);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await NumberSeries.Stands(db, cancellation);
    }

    private IQueryable<LedgerEntry> Of(PortalDb db, Actor actor, LedgerQuery query)
    {
        var entries = db.LedgerEntries.AsNoTracking();
        if (query.Customer is { } key)
        {
            var id = register.Now.Customer(actor, Permission.ReadCustomers, key).Customer.Id;
            entries = entries.Where(entry => entry.CustomerId == id);
        }

        return query.Document is { } document ? entries.Where(entry => entry.Document == document) : entries;
    }
}

/// <summary>Which entries are asked for; null for all.</summary>
/// <param name="Customer">The customer's key.</param>
/// <param name="Document">The number of an invoice or credit note.</param>
/// <param name="Before">The number of the last entry of the page before; null for the first page.</param>
/// <param name="Take">The most entries.</param>
public sealed record LedgerQuery(string? Customer, string? Document, long? Before, int Take);

/// <summary>What an account stands at.</summary>
/// <param name="Account">The account.</param>
/// <param name="Balance">Debits less credits: above zero for what grows by debit.</param>
public sealed record AccountBalance(LedgerAccount Account, Money Balance);
