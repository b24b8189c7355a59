using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Credits;

/// <summary>Reads credits and what became of them.</summary>
public sealed class CreditReader(IDbContextFactory<PortalDb> databases, Register register)
{
    private const int MovesMax = 200;

    /// <summary>A customer's grants, those with something left first, and the newest of what happened to them.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<CreditStand> Of(Actor actor, string customerKey, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var grants = await db.CreditGrants.AsNoTracking().Where(grant => grant.CustomerId == customer.Id)
            .OrderBy(grant => grant.Left == 0).ThenBy(grant => grant.ExpiresAt).ThenBy(grant => grant.Priority).ThenBy(grant => grant.GrantedAt).ToListAsync(cancellation);
        var moves = await db.CreditMoves.AsNoTracking().Where(move => move.CustomerId == customer.Id)
            .OrderByDescending(move => move.At).ThenByDescending(move => move.Id).Take(MovesMax).ToListAsync(cancellation);
        var sums = await db.CreditMoves.Where(move => move.CustomerId == customer.Id)
            .GroupBy(move => new { move.GrantId, move.Kind }).Select(group => new { group.Key, Amount = group.Sum(move => move.Amount) })
            .ToDictionaryAsync(sum => (sum.Key.GrantId, sum.Key.Kind), sum => sum.Amount, cancellation);
        return new CreditStand(Currency.Of(customer.Currency), grants, moves, sums);
    }

    /// <summary>The credits that an invoice sold; null where it sold none.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="invoice">One that was read for the same person.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">NotFound; Forbidden.</exception>
    public async Task<CreditGrant?> SoldBy(Actor actor, Invoice invoice, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(invoice);
        register.Now.Customer(actor, Permission.ReadBilling, invoice.Customer.Key);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.CreditGrants.AsNoTracking().SingleOrDefaultAsync(grant => grant.InvoiceId == invoice.Id, cancellation);
    }

    /// <summary>What a customer can use of its credits.</summary>
    internal async Task<IReadOnlyList<CreditGrant>> Usable(int customerId, Currency currency, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.CreditGrants.AsNoTracking()
            .Where(grant => grant.CustomerId == customerId && grant.Currency == currency.Code && grant.Left > 0).ToListAsync(cancellation);
    }

    /// <summary>What invoices of a period have used already, as grants that go before all others: a figure over the whole period takes it again.</summary>
    internal async Task<IReadOnlyList<CreditGrant>> UsedIn(int customerId, Period period, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var used = await (
            from move in db.CreditMoves
            join invoice in db.Invoices on move.Invoice equals invoice.Number
            join grant in db.CreditGrants on move.GrantId equals grant.Id
            where move.CustomerId == customerId && move.Kind == CreditMoveKind.Used && invoice.SubscriptionId != null && invoice.PeriodStart >= period.Start && invoice.PeriodStart < period.End
            select new { move.Amount, Grant = grant }).AsNoTracking().ToListAsync(cancellation);
        return
        [
            .. used.Select(use => new CreditGrant
            {
                CustomerId = customerId,
                Kind = use.Grant.Kind,
                Currency = use.Grant.Currency,
                Amount = use.Amount,
                Left = use.Amount,
                Priority = use.Grant.Priority,
                ExpiresAt = period.Start.AddTicks(1),
                AppliesTo = use.Grant.AppliesTo,
                GrantedAt = use.Grant.GrantedAt,
                GrantedBy = use.Grant.GrantedBy,
            }),
        ];
    }
}

/// <summary>A customer's credits.</summary>
/// <param name="Currency">The currency of every amount.</param>
/// <param name="Grants">What was granted.</param>
/// <param name="Moves">What happened to it, the newest first; the last of it only.</param>
/// <param name="Sums">What happened to each grant in all, minor units.</param>
public sealed record CreditStand(
    Currency Currency, IReadOnlyList<CreditGrant> Grants, IReadOnlyList<CreditMove> Moves, IReadOnlyDictionary<(Guid Grant, CreditMoveKind Kind), long> Sums)
{
    /// <summary>How much of a grant was used, has expired and so on, minor units.</summary>
    public long Of(CreditGrant grant, CreditMoveKind kind)
    {
        ArgumentNullException.ThrowIfNull(grant);
        return Sums.GetValueOrDefault((grant.Id, kind));
    }

    /// <summary>What is left of a kind.</summary>
    public Money Left(CreditKind kind) => new(Grants.Where(grant => grant.Kind == kind).Sum(grant => grant.Left), Currency);
}
