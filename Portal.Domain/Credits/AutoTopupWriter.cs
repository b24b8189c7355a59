using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using NodaTime;

namespace Portal.Domain.Credits;

/// <summary>A rule for buying credits by itself, in major units of the customer's currency.</summary>
/// <param name="Below">Credits are bought when the live balance falls below this.</param>
/// <param name="Amount">What is bought at once.</param>
/// <param name="MonthlyMax">The most that is bought by itself in a calendar month of the customer's zone.</param>
public sealed record AutoTopupTerms(decimal Below, decimal Amount, decimal MonthlyMax)
{
    private const decimal Most = 1_000_000;

    internal void Check(Currency currency, FieldErrors errors)
    {
        CheckAmount(Below, "below", currency, errors);
        CheckAmount(Amount, "amount", currency, errors);
        CheckAmount(MonthlyMax, "monthlyMax", currency, errors);
        if (MonthlyMax > 0 && MonthlyMax < Amount)
        {
            errors.Add("monthlyMax", "Give at least the amount that is bought at once, or nothing is ever bought.");
        }
    }

    /// <summary>Notes what makes no sense about an amount.</summary>
    internal static void CheckAmount(decimal amount, string path, Currency currency, FieldErrors errors)
    {
        if (amount is <= 0 or > Most)
        {
            errors.Add(path, $"Give an amount above 0, and at most {DecimalText.Format(Most)}.");
        }
        else if (Money.Round(amount, currency).Amount != amount)
        {
            errors.Add(path, $"{currency.Code} has {currency.Digits} digits after the point: give no finer amount.");
        }
    }

    /// <summary>The calendar month of an instant in a customer's zone.</summary>
    internal static Values.Period MonthOf(DateTimeOffset at, Customer customer)
    {
        var zone = TimeZones.Find(customer.TimeZone)!;
        var first = zone.DateAt(at).With(DateAdjusters.StartOfMonth);
        return new Values.Period(zone.StartOf(first), zone.StartOf(first.PlusMonths(1)));
    }
}

/// <summary>Sets and removes rules for buying credits by themselves.</summary>
public sealed class AutoTopupWriter(IDbContextFactory<PortalDb> databases, Register register, BusinessClock clock)
{
    /// <summary>A customer's rule; null where there is none.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<AutoTopup?> Find(Actor actor, string customerKey, CancellationToken cancellation)
    {
        var id = register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer.Id;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.AutoTopups.AsNoTracking().SingleOrDefaultAsync(rule => rule.CustomerId == id, cancellation);
    }

    /// <summary>Sets a customer's rule, in place of the one there was; one that had stopped goes on.</summary>
    /// <exception cref="InvalidInputException">Where the terms make no sense.</exception>
    /// <exception cref="Refusal">NotFound; Forbidden.</exception>
    public async Task<AutoTopup> Set(Actor actor, string customerKey, AutoTopupTerms terms, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(terms);
        var customer = register.Now.Customer(actor, Permission.ManageBilling, customerKey).Customer;
        var currency = Currency.Of(customer.Currency);
        var errors = new FieldErrors();
        terms.Check(currency, errors);
        errors.ThrowIfAny();

        long Minor(decimal amount) => Money.Round(amount, currency).Minor;
        var now = clock.GetUtcNow();
        var rule = new AutoTopup
        {
            CustomerId = customer.Id, Below = Minor(terms.Below), Amount = Minor(terms.Amount), MonthlyMax = Minor(terms.MonthlyMax), SetAt = now, SetBy = actor.Name,
        };
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.Database.ExecuteSqlAsync($"SELECT id FROM customers WHERE id = {customer.Id} FOR NO KEY UPDATE", cancellation);
        db.Entry(rule).State = await db.AutoTopups.AnyAsync(old => old.CustomerId == customer.Id, cancellation) ? EntityState.Modified : EntityState.Added;
        db.AuditEntries.Add(AuditEntry.Of(
            actor, now, customer.Id, "auto_topup.set", customer.Key,
            $"below {Money.Round(terms.Below, currency)} buy {Money.Round(terms.Amount, currency)}, at most {Money.Round(terms.MonthlyMax, currency)} a month"));
        await register.Save(db, () => RegisterChange.Of(customer), cancellation);
        return rule;
    }

    /// <summary>Removes a customer's rule; where there is none, nothing is done.</summary>
    /// <exception cref="Refusal">NotFound; Forbidden.</exception>
    public async Task Remove(Actor actor, string customerKey, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageBilling, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (await db.AutoTopups.Where(rule => rule.CustomerId == customer.Id).ExecuteDeleteAsync(cancellation) > 0)
        {
            db.AuditEntries.Add(AuditEntry.Of(actor, clock.GetUtcNow(), customer.Id, "auto_topup.removed", customer.Key));
            await register.Save(db, () => RegisterChange.Of(customer), cancellation);
        }
    }
}
