using System.Globalization;
using Portal.Domain.Accounts;
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
        return message.FromOperator ? ToCustomer(dispute, message, to) : ToOperator(dispute, message, to);
    }

    private OutboxMail ToCustomer(Dispute dispute, DisputeMessage message, string to)
    {
        var (customer, number, line) = (dispute.Invoice.Customer, dispute.Invoice.Number!, dispute.Line);
        var text = CustomerText.Of(customer);
        var subject = text.Say(
            line == Dispute.WholeInvoice ? "dispute.subject.invoice" : "dispute.subject.line", ("number", number), ("line", line.ToString(CultureInfo.InvariantCulture)));
        var note = message.CreditNote is { } issued ? new[] { text.Say("dispute.note", ("note", issued)) } : [];
        var body = new MailBody(
            text.Language, subject, [message.Text, .. note, text.Say("dispute.next")], Figures(text, dispute), text.Say("dispute.button"), links.Dispute(customer.Key, number, line),
            text.Say("reason.invoices", ("customer", customer.Name)));
        return Mail(dispute.CustomerId, message, to, subject, body);
    }

    private OutboxMail ToOperator(Dispute dispute, DisputeMessage message, string to)
    {
        var (customer, number) = (dispute.Invoice.Customer, dispute.Invoice.Number!);
        var text = CustomerText.InEnglish(customer);
        var subject = $"{customer.Name} asks about {(dispute.Line == Dispute.WholeInvoice ? $"invoice {number}" : $"line {dispute.Line} of invoice {number}")}";
        var body = new MailBody(
            text.Language, subject, [message.Text, "Answer it there, explain it with the events, or write a credit note. The customer gets a mail."], Figures(text, dispute),
            "Answer", links.OperatorDispute(number, dispute.Line), "You get this mail because you may correct invoices.");
        return Mail(null, message, to, subject, body);
    }

    private OutboxMail Mail(int? customerId, DisputeMessage message, string to, string subject, MailBody body) => new()
    {
        CustomerId = customerId,
        To = to,
        Subject = subject,
        Text = body.ToText(),
        Html = body.ToHtml(),
        MessageId = $"dispute-{message.Id:N}-{to.Split('@')[0]}@{links.Host}",
        NextAttemptAt = machine.GetUtcNow(),
        CreatedAt = message.At,
    };

    private static List<MailFigure> Figures(CustomerText text, Dispute dispute) =>
    [
        new(text.Say("figure.invoice"), dispute.Invoice.Number!),
        .. dispute.Invoice.Lines.Find(line => line.N == dispute.Line) is { } line
            ? new MailFigure[] { new(text.Say("dispute.line"), line.Description), new(text.Say("figure.amount"), AmountText.Of(dispute.Invoice, line.Amount)) }
            : [],
    ];
}
