using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>Warns of cards that expire, 30 and 7 days before, a mail each.</summary>
public sealed class CardExpiryRun(IDbContextFactory<PortalDb> databases, PaymentMail mails, OutboxBell bell, BusinessClock clock) : IClockWork
{
    private const int PerRun = 1_000;

    /// <inheritdoc />
    public DueQuestion NextDue() => DueQuestion.Of($"SELECT min(expiry_notice_at) FROM payment_methods WHERE replaced_at IS NULL");

    /// <inheritdoc />
    public async Task<JobOutcome> Run(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var now = clock.GetUtcNow();
        var due = await db.PaymentMethods.FromSql($"""
            SELECT * FROM payment_methods WHERE replaced_at IS NULL AND expiry_notice_at <= {now}
            ORDER BY expiry_notice_at LIMIT {PerRun} FOR UPDATE SKIP LOCKED
            """).ToListAsync(cancellation);
        var ids = due.ConvertAll(method => method.CustomerId);
        var customers = await db.Customers.AsNoTracking().Where(customer => ids.Contains(customer.Id)).ToDictionaryAsync(customer => customer.Id, cancellation);
        foreach (var method in due)
        {
            var customer = customers[method.CustomerId];
            var endsAt = CardExpiry.EndsAt(method, TimeZones.Find(customer.TimeZone)!)!.Value;
            db.Outbox.Add(mails.Expires(customer, method, endsAt, now));
            db.AuditEntries.Add(AuditEntry.Of(Actor.System, now, customer.Id, "payment_method.expires", customer.Key, $"{method.Brand} {method.Last4}"));
            method.ExpiryNoticeAt = CardExpiry.NextNotice(endsAt, now);
        }

        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        if (due.Count > 0)
        {
            bell.Ring();
        }

        return JobOutcome.Of(due.Count);
    }
}
