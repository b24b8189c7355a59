using NodaTime.Text;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>The mails about an invoice: that it is issued, and that it is overdue.</summary>
public sealed class InvoiceMail(PortalLinks links, TimeProvider machine)
{
    private const string LinkText = "See the invoice";

    /// <summary>"Invoice INV-000123 over $42.17", with total, due date and link: to the customer's address, and to the others that invoices go to.</summary>
    public IEnumerable<OutboxMail> Issued(Invoice invoice, DateTimeOffset now)
    {
        var (number, total) = (invoice.Number!, AmountText.Of(invoice, invoice.Total));
        var period = PeriodName.Of(new Period(invoice.PeriodStart, invoice.PeriodEnd), TimeZones.Find(invoice.Customer.TimeZone)!);
        var dueOn = Day(invoice.Customer, invoice.DueAt!.Value);
        var (subject, sentence, figures) = invoice.Total switch
        {
            _ when invoice.Kind == InvoiceKind.CreditTopup => ($"Invoice {number} over {total}", $"You bought {total} of prepaid credits, and your card was charged. They pay your next invoices by themselves.",
                new[] { new MailFigure("Invoice", number), new MailFigure("Paid", total) }),
            _ when invoice.Corrects is { } corrected => ($"Credit note {number} for invoice {corrected.Number}",
                $"We take back {AmountText.Of(invoice, -invoice.Total)} of invoice {corrected.Number}{(invoice.Reason is { } reason ? $": {reason}" : ".")} {Settlement(invoice.Settlement)}",
                [new MailFigure("Credit note", number), new MailFigure("Corrects", corrected.Number!), new MailFigure("Amount", AmountText.Of(invoice, -invoice.Total))]),
            < 0 => ($"Credit note {number} over {AmountText.Of(invoice, -invoice.Total)}",
                $"We owe you {AmountText.Of(invoice, -invoice.Total)} for {period}. It is taken off what you owe, now or on the next invoices.",
                [new MailFigure("Credit note", number), new MailFigure("Amount", AmountText.Of(invoice, -invoice.Total))]),
            0 => ($"Invoice {number} over {total}", $"Your usage of {period} comes to {total}. There is nothing to pay.",
                [new MailFigure("Invoice", number), new MailFigure("Total", total)]),
            _ when invoice.Due <= 0 => ($"Invoice {number} over {total}", $"Your invoice for {period} comes to {total}. Your prepaid credits have paid it.",
                [new MailFigure("Invoice", number), new MailFigure("Total", total)]),
            _ => ($"Invoice {number} over {total}", $"Your invoice for {period} comes to {total}. {(invoice.Prepaid > 0 ? $"Your prepaid credits pay {AmountText.Of(invoice, invoice.Prepaid)} of it, and {AmountText.Of(invoice, invoice.Due)} are" : "It is")} due on {dueOn}.",
                [new MailFigure("Invoice", number), new MailFigure("Total", total), new MailFigure("Due on", dueOn)]),
        };
        string[] why = invoice.Kind == InvoiceKind.Threshold
            ? ["Why now: your unbilled usage has reached the amount at which usage is invoiced inside the period. The invoice that closes the period bills the rest, and nothing twice."]
            : [];
        var body = new MailBody(
            subject, [sentence, .. why], [.. figures, new MailFigure("Period", period)], LinkText, links.Invoice(invoice.Customer.Key, number),
            $"You get this mail because invoices of {invoice.Customer.Name} go to this address.");
        return [
            Mail(invoice, "issued", subject, body, now),
            .. invoice.Customer.InvoiceEmails.Where(other => !string.Equals(other, invoice.Customer.Email, StringComparison.OrdinalIgnoreCase))
                .Select((other, n) => Mail(invoice, $"issued-{n + 1}", subject, body, now, to: other)),
        ];
    }

    private static string Settlement(NoteSettlement? settlement) => settlement switch
    {
        NoteSettlement.Refund => "What is still to be paid of that invoice is lowered by it; what you have paid goes back to you the way you paid it.",
        NoteSettlement.Credits => "What is still to be paid of that invoice is lowered by it; what you have paid becomes prepaid credits.",
        NoteSettlement.Offset or null => "It is taken off what you owe, now or on the next invoices.",
    };

    /// <summary>That an invoice is overdue, and when access ends if it stays unpaid.</summary>
    public OutboxMail Overdue(Invoice invoice, DateTimeOffset restrictedFrom, DateTimeOffset now)
    {
        var (number, due) = (invoice.Number!, AmountText.Of(invoice, invoice.Due));
        var subject = $"Invoice {number} is overdue: {due}";
        var body = new MailBody(
            $"Invoice {number} is overdue",
            [
                $"{due} of it was due on {Day(invoice.Customer, invoice.DueAt!.Value)} and has not come in.",
                $"If it is still unpaid on {Day(invoice.Customer, restrictedFrom)}, access is refused until it is paid. Usage is billed as before.",
                "If you have paid in the meantime, there is nothing to do.",
            ],
            [new MailFigure("Invoice", number), new MailFigure("Open", due), new MailFigure("Was due on", Day(invoice.Customer, invoice.DueAt!.Value))],
            LinkText, links.Invoice(invoice.Customer.Key, number),
            $"You get this mail because invoices of {invoice.Customer.Name} go to this address.");
        return Mail(invoice, "overdue", subject, body, now, Alert.PaymentKind);
    }

    /// <summary>The alert of the first warning about an invoice. There is one, whatever happens: its number is what makes the alert one.</summary>
    internal static Alert AlertOf(Invoice invoice, OutboxMail mail, DateTimeOffset now)
    {
        var due = new Money(invoice.Due, Currency.Of(invoice.Currency)).Amount;
        return new Alert
        {
            CustomerId = invoice.CustomerId,
            Kind = Alert.PaymentKind,
            Scope = invoice.Number!,
            PeriodStart = invoice.PeriodStart,
            Threshold = 100,
            Limit = due,
            Used = due,
            CrossedAt = now,
            MessageId = mail.MessageId,
        };
    }

    private OutboxMail Mail(Invoice invoice, string what, string subject, MailBody body, DateTimeOffset now, string? alertKind = null, string? to = null) => new()
    {
        CustomerId = invoice.CustomerId,
        To = to ?? invoice.Customer.Email,
        Subject = subject,
        Text = body.ToText(),
        Html = body.ToHtml(),
        MessageId = $"invoice-{invoice.Id:N}-{what}@{links.Host}",
        AlertKind = alertKind,
        NextAttemptAt = machine.GetUtcNow(),
        CreatedAt = now,
    };

    private static string Day(Customer customer, DateTimeOffset at) =>
        LocalDatePattern.CreateWithInvariantCulture("d MMMM uuuu").Format(TimeZones.Find(customer.TimeZone)!.DateAt(at));
}
