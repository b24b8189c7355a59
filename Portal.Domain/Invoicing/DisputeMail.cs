using Portal.Domain.Alerts;
using Portal.Domain.Storage;

namespace Portal.Domain.Invoicing;

/// <summary>The mails about a question: to the operator's people who may answer it, and to the customer who asked.</summary>
public sealed class DisputeMail(PortalLinks links, TimeProvider machine)
{
    /// <summary>What one side said, for the other one.</summary>
    /// <param name="dispute">With its invoice and customer.</param>
    /// <param name="message">What was said.</param>
    /// <param name="to">Who reads it.</param>
    public OutboxMail Said(Dispute dispute, DisputeMessage message, string to)
    {
        ArgumentNullException.ThrowIfNull(dispute);
        ArgumentNullException.ThrowIfNull(message);
        var (customer, number) = (dispute.Invoice.Customer, dispute.Invoice.Number!);
        var about = dispute.Line == Dispute.WholeInvoice ? $"invoice {number}" : $"line {dispute.Line} of invoice {number}";
        var subject = message.FromOperator ? $"About {about}" : $"{customer.Name} asks about {about}";
        var body = new MailBody(
            subject,
            [
                message.Text,
                .. message.CreditNote is { } note ? [$"Credit note {note} has been issued for it."] : Array.Empty<string>(),
                message.FromOperator ? "Answer on the page of the line, where all of it stands." : "Answer it there, explain it with the events, or write a credit note. The customer gets a mail.",
            ],
            [new MailFigure("Invoice", number), .. LineFigure(dispute)],
            message.FromOperator ? "See what was said" : "Answer",
            message.FromOperator ? links.Dispute(customer.Key, number, dispute.Line) : links.OperatorDispute(number, dispute.Line),
            message.FromOperator ? $"You get this mail because invoices of {customer.Name} go to this address." : "You get this mail because you may correct invoices.");
        return new OutboxMail
        {
            CustomerId = message.FromOperator ? dispute.CustomerId : null,
            To = to,
            Subject = subject,
            Text = body.ToText(),
            Html = body.ToHtml(),
            MessageId = $"dispute-{message.Id:N}-{to.Split('@')[0]}@{links.Host}",
            NextAttemptAt = machine.GetUtcNow(),
            CreatedAt = message.At,
        };
    }

    private static IEnumerable<MailFigure> LineFigure(Dispute dispute) =>
        dispute.Invoice.Lines.Find(line => line.N == dispute.Line) is { } line
            ? [new MailFigure("Line", line.Description), new MailFigure("Amount", AmountText.Of(dispute.Invoice, line.Amount))]
            : [];
}
