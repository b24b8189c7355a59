using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>The mails about an invoice: that it is issued, and that it is overdue.</summary>
public sealed class InvoiceMail(PortalLinks links, TimeProvider machine)
{
    /// <summary>"Invoice INV-000123 over $42.17", with total, due date and link: to the customer's address, and to the others that invoices go to.</summary>
    /// <param name="invoice">With its customer and payments.</param>
    /// <param name="now">Business time.</param>
    /// <param name="again">Tells this sending from others; null for the first one, with the issue.</param>
    public IEnumerable<OutboxMail> Issued(Invoice invoice, DateTimeOffset now, Guid? again = null)
    {
        var sending = again is { } other ? $"again-{other:N}" : "issued";
        var (number, text) = (invoice.Number!, CustomerText.Of(invoice.Customer));
        var period = text.Name(new Period(invoice.PeriodStart, invoice.PeriodEnd));
        var (subject, sentence, figures) = invoice.Kind == InvoiceKind.CreditTopup || invoice.Total >= 0 ? Invoice(invoice, text, period) : Note(invoice, text, period);
        string[] why = invoice.Kind == InvoiceKind.Threshold ? [text.Say("invoice.threshold")] : [];
        var body = new MailBody(
            text.Language, subject, [sentence, .. why], [.. figures, new MailFigure(text.Say("figure.period"), period)], text.Say("invoice.button"),
            links.Invoice(invoice.Customer.Key, number), text.Say("reason.invoices", ("customer", invoice.Customer.Name)));
        return invoice.Customer.InvoicesGoTo.Select((address, n) => Mail(invoice, n == 0 ? sending : $"{sending}-{n}", subject, body, now, to: address));
    }

    private static (string Subject, string Sentence, MailFigure[] Figures) Invoice(Invoice invoice, CustomerText text, string period)
    {
        var (number, total, due) = (invoice.Number!, AmountText.Of(invoice, invoice.Total), AmountText.Of(invoice, invoice.Due));
        var (subject, dueOn) = (text.Say("invoice.subject", ("number", number), ("total", total)), text.Day(invoice.DueAt!.Value));
        var named = new MailFigure(text.Say("figure.invoice"), number);
        var key = invoice switch
        {
            { Kind: InvoiceKind.CreditTopup } => "invoice.topup",
            { Total: 0 } => "invoice.zero",
            { Due: <= 0 } => invoice.Paid == invoice.Prepaid ? "invoice.paid" : "invoice.settled",
            { Paid: > 0 } => invoice.Paid == invoice.Prepaid ? "invoice.due.part" : "invoice.due.rest",
            _ => "invoice.due",
        };
        var sentence = text.Say(key, ("period", period), ("total", total), ("prepaid", AmountText.Of(invoice, invoice.Prepaid)), ("due", due), ("day", dueOn));
        return (subject, sentence, key switch
        {
            "invoice.topup" => [named, new(text.Say("figure.paid"), total)],
            "invoice.zero" or "invoice.paid" or "invoice.settled" => [named, new(text.Say("figure.total"), total)],
            _ => [named, new(text.Say("figure.total"), total), new(text.Say("invoice.dueOn"), dueOn)],
        });
    }

    private static (string Subject, string Sentence, MailFigure[] Figures) Note(Invoice note, CustomerText text, string period)
    {
        var (number, amount) = (note.Number!, AmountText.Of(note, -note.Total));
        var (named, back) = (new MailFigure(text.Say("figure.creditNote"), number), new MailFigure(text.Say("figure.amount"), amount));
        if (note.Corrects is not { } corrected)
        {
            return (text.Say("note.subject", ("number", number), ("amount", amount)), text.Say("note.owed", ("amount", amount), ("period", period)), [named, back]);
        }

        var taken = text.Say(
            note.Reason is null ? "note.corrects" : "note.corrects.why", ("amount", amount), ("corrected", corrected.Number!), ("why", note.Reason ?? ""));
        return (
            text.Say("note.subject.corrects", ("number", number), ("corrected", corrected.Number!)),
            $"{taken} {text.Say(Settlement(note.Settlement))}",
            [named, new(text.Say("note.of"), corrected.Number!), back]);
    }

    private static string Settlement(NoteSettlement? settlement) => settlement switch
    {
        NoteSettlement.Refund => "note.settled.refund",
        NoteSettlement.Credits => "note.settled.credits",
        NoteSettlement.Offset or null => "note.settled.offset",
    };

    /// <summary>That an invoice is overdue, and when access ends if it stays unpaid.</summary>
    public OutboxMail Overdue(Invoice invoice, DateTimeOffset restrictedFrom, DateTimeOffset now)
    {
        var (number, due, text) = (invoice.Number!, AmountText.Of(invoice, invoice.Due), CustomerText.Of(invoice.Customer));
        var dueOn = text.Day(invoice.DueAt!.Value);
        var subject = text.Say("overdue.subject", ("number", number), ("due", due));
        var body = new MailBody(
            text.Language,
            text.Say("overdue.headline", ("number", number)),
            [text.Say("overdue.open", ("due", due), ("day", dueOn)), text.Say("overdue.next", ("day", text.Day(restrictedFrom))), text.Say("overdue.paid")],
            [new MailFigure(text.Say("figure.invoice"), number), new MailFigure(text.Say("figure.open"), due), new MailFigure(text.Say("overdue.on"), dueOn)],
            text.Say("invoice.button"), links.Invoice(invoice.Customer.Key, number), text.Say("reason.invoices", ("customer", invoice.Customer.Name)));
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
}
