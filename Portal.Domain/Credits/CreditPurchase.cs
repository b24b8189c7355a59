using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Credits;

/// <summary>Ends a purchase of credits when its charge has: with the money come the invoice's number and the credits, without it nothing was bought.</summary>
/// <remarks>Until then the invoice is a draft: a purchase that failed leaves nothing owed, no number, and no entry in the books.</remarks>
public sealed class CreditPurchase(InvoiceIssuer issuer, CreditMail mails)
{
    /// <summary>Issues the invoice of a purchase whose money has come in. The caller books the payment, and calls <see cref="Grant"/> then.</summary>
    /// <param name="db">A transaction that holds the invoice's row.</param>
    /// <param name="invoice">The draft, with its customer.</param>
    /// <param name="cancellation">Gives up; nothing is stored then.</param>
    internal Task Issue(PortalDb db, Invoice invoice, CancellationToken cancellation) => issuer.Issue(db, [invoice], Actor.System, cancellation);

    /// <summary>Grants what was bought, now that it is paid.</summary>
    internal static async Task Grant(PortalDb db, Invoice invoice, DateTimeOffset now, CancellationToken cancellation)
    {
        var topup = await db.CreditTopups.SingleAsync(bought => bought.InvoiceId == invoice.Id, cancellation);
        (topup.State, topup.SettledAt) = (TopupState.Paid, now);
        CreditWriter.Add(db, Actor.System, new CreditGrant
        {
            CustomerId = invoice.CustomerId,
            Kind = CreditKind.Prepaid,
            Name = topup.IsAutomatic ? "Automatic top-up" : "Top-up",
            Currency = invoice.Currency,
            Amount = topup.Amount,
            Left = topup.Amount,
            Priority = CreditGrant.PriorityDefault,
            AppliesTo = [],
            GrantedAt = now,
            GrantedBy = topup.StartedBy,
            InvoiceId = invoice.Id,
        }, invoice.Customer.Key);
    }

    /// <summary>Ends a purchase whose card was not charged. One that the rule had begun stops the rule, and the customer is told.</summary>
    /// <param name="db">A transaction that holds the invoice's row.</param>
    /// <param name="invoice">The draft, with its customer.</param>
    /// <param name="reason">Why, as the gateway says it.</param>
    /// <param name="now">Business time.</param>
    /// <param name="cancellation">Gives up; nothing is stored then.</param>
    internal async Task Fail(PortalDb db, Invoice invoice, string reason, DateTimeOffset now, CancellationToken cancellation)
    {
        var topup = await db.CreditTopups.SingleAsync(bought => bought.InvoiceId == invoice.Id, cancellation);
        (topup.State, topup.Reason, topup.SettledAt) = (TopupState.Failed, reason, now);
        (invoice.Status, invoice.ChargeAt) = (InvoiceStatus.Void, null);
        var amount = new Money(topup.Amount, Currency.Of(invoice.Currency));
        db.AuditEntries.Add(AuditEntry.Of(Actor.System, now, invoice.CustomerId, "credits.purchase_failed", invoice.Customer.Key, $"{amount}: {reason}"));
        if (topup.IsAutomatic && await db.AutoTopups.SingleOrDefaultAsync(rule => rule.CustomerId == invoice.CustomerId, cancellation) is { } rule)
        {
            (rule.PausedAt, rule.PausedFor) = (now, reason);
            db.Outbox.Add(mails.TopupFailed(invoice.Customer, invoice.Id, amount, reason, now));
        }
    }
}
