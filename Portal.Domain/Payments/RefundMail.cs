using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;

namespace Portal.Domain.Payments;

/// <summary>The mail about money that went back, or could not.</summary>
public sealed class RefundMail(PortalLinks links, TimeProvider machine)
{
    /// <summary>What became of a refund, and what the customer has to do.</summary>
    /// <param name="invoice">With its customer.</param>
    /// <param name="note">The credit note that it pays out; null where the invoice is owed again.</param>
    /// <param name="refund">The refund, settled.</param>
    /// <param name="now">Business time.</param>
    public OutboxMail Settled(Invoice invoice, Invoice? note, Refund refund, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(invoice);
        ArgumentNullException.ThrowIfNull(refund);
        var (number, text, isBack) = (invoice.Number!, CustomerText.Of(invoice.Customer), refund.State == AttemptState.Succeeded);
        var amount = AmountText.Of(invoice, refund.Amount);
        var subject = text.Say(isBack ? "refund.subject" : "refund.subject.failed", ("amount", amount), ("number", number));
        var body = new MailBody(
            text.Language,
            subject,
            [
                text.Say(isBack ? "refund.made" : "refund.failed", ("amount", amount), ("number", number)),
                (isBack, note) switch
                {
                    (true, null) => text.Say("refund.next.stands", ("due", AmountText.Of(invoice, invoice.Due))),
                    (true, _) => text.Say("refund.next.none"),
                    (false, null) => text.Say("refund.next.paid"),
                    (false, _) => text.Say("refund.next.offset", ("note", note.Number!)),
                },
            ],
            [
                new MailFigure(text.Say("figure.invoice"), number),
                .. note is null ? Array.Empty<MailFigure>() : [new MailFigure(text.Say("figure.creditNote"), note.Number!)],
                new MailFigure(text.Say("figure.amount"), amount),
            ],
            text.Say("invoice.button"), links.Invoice(invoice.Customer.Key, number), text.Say("reason.invoices", ("customer", invoice.Customer.Name)));
        return new OutboxMail
        {
            CustomerId = invoice.CustomerId,
            To = invoice.Customer.Email,
            Subject = subject,
            Text = body.ToText(),
            Html = body.ToHtml(),
            MessageId = $"{refund.Key}-settled@{links.Host}",
            NextAttemptAt = machine.GetUtcNow(),
            CreatedAt = now,
        };
    }
}
