using Microsoft.EntityFrameworkCore;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Accounts;

/// <summary>Creates customers and changes what is said about them.</summary>
public sealed class CustomerWriter(IDbContextFactory<PortalDb> databases, Register register, BusinessClock clock)
{
    /// <summary>Creates the customer of this key, or replaces what is said about it. Sends no mail.</summary>
    /// <returns>The customer, and whether it is new.</returns>
    /// <exception cref="InvalidInputException">Where a field makes no sense.</exception>
    /// <exception cref="Refusal">Conflict where the currency or the time zone can no longer change.</exception>
    public async Task<(Customer Customer, bool IsNew)> Put(Actor actor, string key, CustomerDetails details, CancellationToken cancellation)
    {
        MustBeAllowed(actor, key);
        if (!Identifier.IsValid(key))
        {
            throw InvalidInputException.At("key", Identifier.Rule);
        }

        details.MustMakeSense();

        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var now = clock.GetUtcNow();
        var customer = await db.Customers.SingleOrDefaultAsync(candidate => candidate.Key == key, cancellation);
        var isNew = customer is null;
        if (customer is null)
        {
            customer = new Customer { Key = key, Name = details.Name, Email = details.Email, Currency = details.Currency, CreatedAt = now };
            db.Customers.Add(customer);
        }
        else
        {
            await MayChange(db, customer, details, cancellation);
        }

        Apply(details, customer);
        var changes = isNew ? null : AuditEntry.ChangesOf(db.Entry(customer));
        await db.SaveChangesAsync(cancellation);
        if (changes != "")
        {
            db.AuditEntries.Add(AuditEntry.Of(actor, now, customer.Id, isNew ? "customer.created" : "customer.changed", key, changes));
        }

        await register.Save(db, () => RegisterChange.Of(customer), cancellation);
        return (customer, isNew);
    }

    // A key of another customer must not learn from the answer whether this one exists.
    private void MustBeAllowed(Actor actor, string key)
    {
        if (actor.CustomerId is { } own && !(register.Now.ByKey.TryGetValue(key, out var entry) && entry.Customer.Id == own))
        {
            throw Refusal.NotFound("customer", key);
        }

        actor.Require(Permission.ManageCustomers);
    }

    private static async Task MayChange(PortalDb db, Customer customer, CustomerDetails details, CancellationToken cancellation)
    {
        if (customer.Currency != details.Currency)
        {
            if (await db.Invoices.AnyAsync(
                invoice => invoice.CustomerId == customer.Id && invoice.Status != InvoiceStatus.Draft && invoice.Status != InvoiceStatus.Void, cancellation))
            {
                throw Refusal.Conflict("currency_locked",
                    $"Customer '{customer.Key}' has been invoiced in {customer.Currency}, so its currency stays. Create another customer to bill in {details.Currency}.");
            }

            if (await db.Subscriptions.AnyAsync(subscription => subscription.CustomerId == customer.Id && subscription.EndsAt == null, cancellation))
            {
                throw Refusal.Conflict("currency_in_use",
                    $"Customer '{customer.Key}' has a subscription in {customer.Currency}. Cancel it before you change the currency.");
            }
        }

        // Midnights of another zone would leave a gap between the last closed period and the next, or bill a part of it twice.
        if (customer.TimeZone != details.TimeZone && await db.Subscriptions.AnyAsync(
            subscription => subscription.CustomerId == customer.Id && subscription.EndsAt == null && subscription.BilledUntil > subscription.StartsAt, cancellation))
        {
            throw Refusal.Conflict("time_zone_locked",
                $"Billing periods of customer '{customer.Key}' have been closed by midnights of {customer.TimeZone}. Cancel its subscription at period end, then change the zone and start a new one.");
        }
    }

    private static void Apply(CustomerDetails details, Customer customer)
    {
        customer.Name = details.Name;
        customer.Email = details.Email;
        customer.Currency = details.Currency;
        customer.TimeZone = details.TimeZone;
        customer.Country = details.Country;
        customer.TaxId = details.TaxId;
        customer.TaxExempt = details.TaxExempt;
        customer.Address = details.Address;
        customer.Locale = details.Locale;
        customer.Billing = details.Billing;
    }
}
