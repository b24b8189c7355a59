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
        var (number, amount, isBack) = (invoice.Number!, AmountText.Of(invoice, refund.Amount), refund.State == AttemptState.Succeeded);
        var subject = isBack ? $"Refund of {amount} for invoice {number}" : $"The refund of {amount} for invoice {number} did not go through";
        var body = new MailBody(
            subject,
            [
                isBack ? $"{amount} that you paid for invoice {number} goes back to you, the way you paid it. Banks take a few days to show it."
                    : $"{amount} could not be given back to your card.",
                (isBack, note) switch
                {
                    (true, null) => $"The invoice stands: {AmountText.Of(invoice, invoice.Due)} of it is to be paid in another way.",
                    (true, _) => "There is nothing to do.",
                    (false, null) => "The invoice is paid as before. We get in touch with you.",
                    (false, _) => $"Credit note {note.Number} is taken off what you owe instead, now or on the next invoices. Get in touch where you want it by bank.",
                },
            ],
            [new MailFigure("Invoice", number), .. note is null ? Array.Empty<MailFigure>() : [new MailFigure("Credit note", note.Number!)], new MailFigure("Amount", amount)],
            "See the invoice", links.Invoice(invoice.Customer.Key, number),
            $"You get this mail because invoices of {invoice.Customer.Name} go to this address.");
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
