using NodaTime.Text;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>The mails about a charge that failed: one for each attempt, with what happens next.</summary>
public sealed class PaymentMail(PortalLinks links, TimeProvider machine)
{
    /// <summary>That a charge failed, when it is tried again, and when access ends.</summary>
    /// <param name="invoice">With its customer, and what was decided about it.</param>
    /// <param name="attempt">With its method.</param>
    /// <param name="now">Business time.</param>
    public OutboxMail Failed(Invoice invoice, PaymentAttempt attempt, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(invoice);
        ArgumentNullException.ThrowIfNull(attempt);
        var (number, due) = (invoice.Number!, AmountText.Of(invoice, attempt.Amount));
        var restrictedFrom = invoice.OverdueNoticeAt!.Value + Restriction.Grace;
        var next = invoice.ChargeAt is { } retry
            ? $"We try again on {Day(invoice.Customer, retry)}. Saving another card tries at once."
            : "This was the last time that we tried by ourselves. Save another card, or pay by bank transfer.";
        var access = restrictedFrom > now
            ? $"If it is still unpaid on {Day(invoice.Customer, restrictedFrom)}, access is refused until it is paid. Usage is billed as before."
            : "Access is refused until it is paid, and opens within a second of that.";
        var subject = $"Payment failed: {due} for invoice {number}";
        var body = new MailBody(
            $"{due} could not be charged",
            [$"Your card ending in {attempt.Method.Last4} could not be charged for invoice {number}: {PaymentWords.Of(attempt.Reason)}", next, access],
            [new MailFigure("Invoice", number), new MailFigure("Open", due), new MailFigure("Card", $"{attempt.Method.Brand} ending in {attempt.Method.Last4}")],
            "Pay or change the card", links.Payment(invoice.Customer.Key),
            $"You get this mail because invoices of {invoice.Customer.Name} go to this address.");
        return new OutboxMail
        {
            CustomerId = invoice.CustomerId,
            To = invoice.Customer.Email,
            Subject = subject,
            Text = body.ToText(),
            Html = body.ToHtml(),
            MessageId = $"charge-{attempt.Key}-failed@{links.Host}",
            AlertKind = Alert.PaymentKind,
            NextAttemptAt = machine.GetUtcNow(),
            CreatedAt = now,
        };
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
        var lastDay = Day(customer, endsAt.AddTicks(-1));
        var card = $"{method.Brand} ending in {method.Last4}";
        var body = new MailBody(
            $"Your card expires on {lastDay}",
            [
                $"Invoices of {customer.Name} are charged to the {card}. It can be charged until {lastDay}, and not after.",
                "Save another card before that, and nothing changes for you. If your bank has sent you a new card under the same number, save it again.",
            ],
            [new MailFigure("Card", card), new MailFigure("Good until", lastDay)],
            "Save another card", links.Payment(customer.Key),
            $"You get this mail because invoices of {customer.Name} go to this address.");
        return new OutboxMail
        {
            CustomerId = customer.Id,
            To = customer.Email,
            Subject = $"Your card ending in {method.Last4} expires on {lastDay}",
            Text = body.ToText(),
            Html = body.ToHtml(),
            MessageId = System.FormattableString.Invariant($"card-{method.Id:N}-expires-{now:yyyyMMdd}@{links.Host}"),
            AlertKind = Alert.PaymentKind,
            NextAttemptAt = machine.GetUtcNow(),
            CreatedAt = now,
        };
    }

    private static string Day(Customer customer, DateTimeOffset at) =>
        LocalDatePattern.CreateWithInvariantCulture("d MMMM uuuu").Format(TimeZones.Find(customer.TimeZone)!.DateAt(at));
}
