using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Credits;

/// <summary>Follows live balances: stops cards that sell for prepaid credits alone when nothing is left, warns when little is, and buys more where a rule says so.</summary>
public sealed class CreditWatch : ISpendFollower, IDisposable
{
    private readonly IDbContextFactory<PortalDb> _databases;
    private readonly Register _register;
    private readonly CreditBalanceReader _balances;
    private readonly TopupWriter _topups;
    private readonly CreditAlerts _alerts;
    private readonly AccessBook _access;
    private readonly BusinessClock _clock;

    // Customers that have no credits and no rule: looking at them costs nothing until something of theirs changes.
    private readonly ConcurrentDictionary<int, bool> _without = new();

    /// <summary>Follows from now on.</summary>
    public CreditWatch(
        IDbContextFactory<PortalDb> databases, Register register, CreditBalanceReader balances, TopupWriter topups, CreditAlerts alerts, AccessBook access, BusinessClock clock)
    {
        (_databases, _register, _balances, _topups, _alerts, _access, _clock) = (databases, register, balances, topups, alerts, access, clock);
        register.Changed += Forget;
    }

    /// <summary>Whether a customer's card sells for prepaid credits alone.</summary>
    public static bool IsPrepaidOnly(CustomerEntry entry, DateTimeOffset at, Func<int, RateCard> card)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.Subscription is { } subscription && subscription.StartsAt <= at
            && BillingSegment.TermsAt(entry.Customer, subscription, at, card).PrepaidOnly;
    }

    /// <inheritdoc />
    public async Task Follow(CustomerEntry entry, Spend spend, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var id = entry.Customer.Id;
        var isPrepaidOnly = IsPrepaidOnly(entry, _clock.GetUtcNow(), _register.Now.Card);
        if (!isPrepaidOnly && _without.ContainsKey(id))
        {
            return;
        }

        var (hasCredits, hasRule) = await What(id, cancellation);
        if (!isPrepaidOnly && !hasCredits && !hasRule)
        {
            _access.TakeCredits(id, null);
            _without[id] = true;
            return;
        }

        var balance = await _balances.Of(entry, spend, cancellation);
        _access.TakeCredits(id, !isPrepaidOnly ? null : new CreditsLeft(
            balance.IsExhausted ? 0 : balance.Live.Amount / (1 + (balance.TaxOnTop / 100)), spend.Usage.Amount, spend.Period.Start));
        await _alerts.Check(entry.Customer, balance, isPrepaidOnly, cancellation);
        if (hasRule)
        {
            await _topups.BuyByRule(entry, spend, cancellation);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _register.Changed -= Forget;

    private async Task<(bool HasCredits, bool HasRule)> What(int customerId, CancellationToken cancellation)
    {
        await using var db = await _databases.CreateDbContextAsync(cancellation);
        return (await db.CreditGrants.AnyAsync(grant => grant.CustomerId == customerId, cancellation), await db.AutoTopups.AnyAsync(rule => rule.CustomerId == customerId && rule.PausedAt == null, cancellation));
    }

    private void Forget(RegisterChange change)
    {
        if (change.CustomerId is { } id)
        {
            _without.TryRemove(id, out _);
        }
        else if (change.Kind is RegisterChangeKind.Everything)
        {
            _without.Clear();
        }
    }
}
