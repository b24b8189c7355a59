using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What holds for a customer's interim invoices.</summary>
/// <param name="Currency">The currency of both amounts.</param>
/// <param name="Own">The threshold that the customer chose, in major units; null for none.</param>
/// <param name="Agreed">The one of its card or its own billing terms; null for none.</param>
/// <param name="HasMethod">Whether a payment method is saved: without one, nothing is billed inside the period.</param>
public sealed record ThresholdStand(Currency Currency, decimal? Own, decimal? Agreed, bool HasMethod)
{
    /// <summary>The one that holds: the lower.</summary>
    public decimal? Holds => Own < Agreed ? Own : Agreed ?? Own;
}

/// <summary>Reads and sets the threshold that a customer chooses for itself.</summary>
public sealed class ThresholdWriter(IDbContextFactory<PortalDb> databases, Register register, BusinessClock clock)
{
    /// <summary>What holds now.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<ThresholdStand> Find(Actor actor, string customerKey, CancellationToken cancellation)
    {
        var entry = register.Now.Customer(actor, Permission.ReadBilling, customerKey);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var hasMethod = await db.DefaultMethods.AnyAsync(method => method.CustomerId == entry.Customer.Id, cancellation);
        var agreed = BillingSegment.TermsAt(entry, clock.GetUtcNow(), register.Now.Card);
        return new ThresholdStand(Currency.Of(entry.Customer.Currency), entry.Customer.OwnThreshold, agreed?.Threshold, hasMethod);
    }

    /// <summary>Sets it, or removes it. One that was agreed stays: the lower of the two holds.</summary>
    /// <param name="actor">Who sets it.</param>
    /// <param name="customerKey">For whom.</param>
    /// <param name="amount">Unbilled usage at which an interim invoice is made, in major units; null for none.</param>
    /// <param name="cancellation">Gives up; nothing is stored then.</param>
    /// <exception cref="InvalidInputException">Where the amount makes no sense.</exception>
    /// <exception cref="Refusal">NotFound; Forbidden.</exception>
    public async Task Set(Actor actor, string customerKey, decimal? amount, CancellationToken cancellation)
    {
        var known = register.Now.Customer(actor, Permission.ManageBilling, customerKey).Customer;
        var currency = Currency.Of(known.Currency);
        if (amount <= 0)
        {
            throw InvalidInputException.At("amount", "Give an amount above 0. To bill at the end of the period alone, remove the threshold.");
        }

        if (amount is { } given && Money.Round(given, currency).Amount != given)
        {
            throw InvalidInputException.At("amount", $"{currency.Code} has {currency.Digits} digits after the point: give no finer amount.");
        }

        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var customer = (await db.Customers.FromSql($"SELECT * FROM customers WHERE id = {known.Id} FOR NO KEY UPDATE").ToListAsync(cancellation)).Single();
        if (customer.OwnThreshold == amount)
        {
            return;
        }

        string Words(decimal? threshold) => threshold is { } some ? Money.Round(some, currency).ToString() : "none";
        db.AuditEntries.Add(AuditEntry.Of(
            actor, clock.GetUtcNow(), customer.Id, amount is null ? "threshold.removed" : "threshold.set", customer.Key, $"{Words(customer.OwnThreshold)} → {Words(amount)}"));
        customer.OwnThreshold = amount;
        await register.Save(db, () => RegisterChange.Of(customer), cancellation);
    }
}
