using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;

namespace Portal.Domain.Payments;

/// <summary>The mails about a charge that failed: one for each attempt, with what happens next.</summary>
public sealed class PaymentMail(PortalLinks links, TimeProvider machine)
{
    /// <summary>That a charge failed, when it is tried again, and when access ends.</summary>
    /// <param name="invoice">With its customer, and what was decided about it.</param>
    /// <param name="attempt">With its method.</param>
    /// <param name="declined">The default card's attempt, where that one was the backup's; else null.</param>
    /// <param name="now">Business time.</param>
    public OutboxMail Failed(Invoice invoice, PaymentAttempt attempt, PaymentAttempt? declined, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(invoice);
        ArgumentNullException.ThrowIfNull(attempt);
        var (number, due, text) = (invoice.Number!, AmountText.Of(invoice, attempt.Amount), CustomerText.Of(invoice.Customer));
        var restrictedFrom = invoice.OverdueNoticeAt!.Value + Restriction.Grace;
        var next = invoice.ChargeAt is { } retry ? text.Say("payment.next.again", ("day", text.Day(retry))) : text.Say("payment.next.last");
        var access = restrictedFrom > now ? text.Say("overdue.next", ("day", text.Day(restrictedFrom))) : text.Say("payment.access.ended");
        var subject = text.Say("payment.subject", ("due", due), ("number", number));
        string[] failed = declined is null ? [Declined(text, number, attempt)]
            : [Declined(text, number, declined), text.Say("payment.failed.backup", ("last4", attempt.Method.Last4), ("why", PaymentWords.Of(attempt.Reason, text.Language)))];
        var body = new MailBody(
            text.Language,
            text.Say("payment.headline", ("due", due)),
            [.. failed, next, access],
            [
                new MailFigure(text.Say("figure.invoice"), number), new MailFigure(text.Say("figure.open"), due),
                .. Cards(text, declined?.Method ?? attempt.Method, declined is null ? null : attempt.Method),
            ],
            text.Say("payment.button"), links.Payment(invoice.Customer.Key), text.Say("reason.invoices", ("customer", invoice.Customer.Name)));
        return Mail(invoice.Customer, $"charge-{attempt.Key}-failed", subject, body, now);
    }

    /// <summary>That the default card was declined, and the backup has paid.</summary>
    /// <param name="invoice">With its customer.</param>
    /// <param name="attempt">The backup's, with its method.</param>
    /// <param name="declined">The default card's, with its method.</param>
    /// <param name="now">Business time.</param>
    public OutboxMail BackupCharged(Invoice invoice, PaymentAttempt attempt, PaymentAttempt declined, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(invoice);
        ArgumentNullException.ThrowIfNull(attempt);
        ArgumentNullException.ThrowIfNull(declined);
        var (number, paid, text) = (invoice.Number!, AmountText.Of(invoice, attempt.Amount), CustomerText.Of(invoice.Customer));
        var body = new MailBody(
            text.Language,
            text.Say("backup.headline", ("paid", paid)),
            [Declined(text, number, declined), text.Say("backup.paid", ("card", Card(text, attempt.Method)), ("paid", paid)), text.Say("backup.next")],
            [new MailFigure(text.Say("figure.invoice"), number), new MailFigure(text.Say("figure.paid"), paid), .. Cards(text, declined.Method, attempt.Method)],
            text.Say("backup.button"), links.Payment(invoice.Customer.Key), text.Say("reason.invoices", ("customer", invoice.Customer.Name)));
        return Mail(invoice.Customer, $"charge-{attempt.Key}-backup", text.Say("backup.subject", ("paid", paid), ("number", number)), body, now);
    }

    /// <summary>That a card expires, before a charge fails for it.</summary>
    /// <param name="customer">Whose card; its address gets the mail.</param>
    /// <param name="method">The card.</param>
    /// <param name="endsAt">From when it cannot be charged.</param>
    /// <param name="now">Business time.</param>
    public OutboxMail Expires(Customer customer, PaymentMethod method, DateTimeOffset endsAt, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(customer);
        ArgumentNullException.ThrowIfNull(method);
        var text = CustomerText.Of(customer);
        var (lastDay, card) = (text.Day(endsAt.AddTicks(-1)), Card(text, method));
        var body = new MailBody(
            text.Language,
            text.Say("expires.headline", ("day", lastDay)),
            [text.Say(method.Use == MethodUse.Backup ? "expires.until.backup" : "expires.until", ("customer", customer.Name), ("card", card), ("day", lastDay)), text.Say("expires.next")],
            [new MailFigure(text.Say("figure.card"), card), new MailFigure(text.Say("expires.good"), lastDay)],
            text.Say("expires.button"), links.Payment(customer.Key), text.Say("reason.invoices", ("customer", customer.Name)));
        return Mail(customer, System.FormattableString.Invariant($"card-{method.Id:N}-expires-{now:yyyyMMdd}"), text.Say("expires.subject", ("last4", method.Last4), ("day", lastDay)), body, now);
    }

    private static string Declined(CustomerText text, string number, PaymentAttempt attempt) =>
        text.Say("payment.failed", ("last4", attempt.Method.Last4), ("number", number), ("why", PaymentWords.Of(attempt.Reason, text.Language)));

    private static IEnumerable<MailFigure> Cards(CustomerText text, PaymentMethod card, PaymentMethod? backup)
    {
        yield return new MailFigure(text.Say("figure.card"), Card(text, card));
        if (backup is not null)
        {
            yield return new MailFigure(text.Say("figure.backup"), Card(text, backup));
        }
    }

    private static string Card(CustomerText text, PaymentMethod method) => text.Say("card", ("brand", method.Brand), ("last4", method.Last4));

    private OutboxMail Mail(Customer customer, string id, string subject, MailBody body, DateTimeOffset now) => new()
    {
        CustomerId = customer.Id,
        To = customer.Email,
        Subject = subject,
        Text = body.ToText(),
        Html = body.ToHtml(),
        MessageId = $"{id}@{links.Host}",
        AlertKind = Alert.PaymentKind,
        NextAttemptAt = machine.GetUtcNow(),
        CreatedAt = now,
    };
}
