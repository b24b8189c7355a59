using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Accounts;

/// <summary>Changes how a customer's invoices are made out, for its own people and the operator's.</summary>
public sealed class BillingDetailsWriter(IDbContextFactory<PortalDb> databases, Register register, BusinessClock clock)
{
    /// <summary>Replaces what is said; invoices that are issued stay as they are.</summary>
    /// <exception cref="InvalidInputException">Where a field makes no sense.</exception>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<Customer> Put(Actor actor, string customerKey, BillingDetails details, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(details);
        var id = register.Now.Customer(actor, Permission.ManageBilling, customerKey).Customer.Id;
        details.MustMakeSense();
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var customer = await db.Customers.SingleAsync(candidate => candidate.Id == id, cancellation);
        (customer.LegalName, customer.PoNumber, customer.TaxId) = (details.LegalName, details.PoNumber, details.TaxId);
        (customer.Address, customer.Country, customer.Locale) = (details.Address, details.Country, details.Locale);
        if (!customer.InvoiceEmails.SequenceEqual(details.InvoiceEmails))
        {
            customer.InvoiceEmails = [.. details.InvoiceEmails.Distinct(StringComparer.OrdinalIgnoreCase)];
        }

        if (AuditEntry.ChangesOf(db.Entry(customer)) is { Length: > 0 } changes)
        {
            db.AuditEntries.Add(AuditEntry.Of(actor, clock.GetUtcNow(), id, "customer.billing_details", customerKey, changes));
        }

        await db.SaveChangesAsync(cancellation);
        await register.Save(db, () => RegisterChange.Of(customer), cancellation);
        return customer;
    }
}
