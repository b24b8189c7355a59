using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>Keeps the card that a customer's invoices are charged to from now on; what is overdue is collected with it at once.</summary>
public sealed class MethodWriter(IDbContextFactory<PortalDb> databases, ChargeRun run, BusinessClock clock)
{
    /// <summary>Keeps a card that the gateway knows. One that is kept already stays as it is.</summary>
    /// <param name="actor">Who saved it.</param>
    /// <param name="customer">Whose card.</param>
    /// <param name="gateway">The gateway that knows it.</param>
    /// <param name="card">The card.</param>
    /// <param name="cancellation">Gives up before the commit.</param>
    internal async Task<PaymentMethod> Keep(Actor actor, Customer customer, string gateway, SavedCard card, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);

        // Two cards that are saved at once come one after the other: the later one stays.
        await db.Database.ExecuteSqlAsync($"SELECT id FROM customers WHERE id = {customer.Id} FOR NO KEY UPDATE", cancellation);
        var now = clock.GetUtcNow();
        var before = await ChargeWriter.Method(db, customer.Id, cancellation);
        if (before is not null && before.Gateway == gateway && before.Token == card.Token)
        {
            return before;
        }

        if (before is not null)
        {
            before.ReplacedAt = now;
            await db.SaveChangesAsync(cancellation);
        }

        var method = new PaymentMethod
        {
            CustomerId = customer.Id,
            Gateway = gateway,
            Token = card.Token,
            Brand = card.Brand,
            Last4 = card.Last4,
            ExpiryMonth = card.ExpiryMonth,
            ExpiryYear = card.ExpiryYear,
            SavedAt = now,
            ExpiryNoticeAt = card is { ExpiryMonth: { } month, ExpiryYear: { } year }
                ? CardExpiry.NextNotice(CardExpiry.EndsAt(month, year, TimeZones.Find(customer.TimeZone)!), now)
                : null,
        };
        db.PaymentMethods.Add(method);
        db.AuditEntries.Add(AuditEntry.Of(actor, now, customer.Id, "payment_method.saved", customer.Key, $"{card.Brand} {card.Last4}"));
        await db.SaveChangesAsync(cancellation);
        await db.Invoices
            .Where(invoice => invoice.CustomerId == customer.Id && invoice.OpenChargeId == null && invoice.WrittenOffAt == null && invoice.Paid < invoice.Total
                && (invoice.Status == InvoiceStatus.Finalized || invoice.Status == InvoiceStatus.Uncollectible)
                && (invoice.DueAt <= now || invoice.OverdueNoticeAt != null))
            .ExecuteUpdateAsync(overdue => overdue.SetProperty(invoice => invoice.ChargeAt, now), cancellation);
        await transaction.CommitAsync(cancellation);
        await run.RunFor(customer.Id, cancellation);
        return method;
    }
}
