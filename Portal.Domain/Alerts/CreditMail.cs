using Portal.Domain.Accounts;
using Portal.Domain.Credits;
using Portal.Domain.Payments;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>The mails about credits: that few are left, that none are, and that a top-up did not work.</summary>
public sealed class CreditMail(PortalLinks links, TimeProvider machine)
{
    /// <summary>That credits are low, or used up.</summary>
    /// <param name="customer">Its address gets the mail.</param>
    /// <param name="balance">What is left.</param>
    /// <param name="had">What there was when credits were added last.</param>
    /// <param name="stops">Whether requests are refused when nothing is left.</param>
    /// <param name="messageId">Stable for this crossing.</param>
    /// <param name="now">The crossing, in business time.</param>
    public OutboxMail Low(Customer customer, CreditBalance balance, Money had, bool stops, string messageId, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(customer);
        ArgumentNullException.ThrowIfNull(balance);
        var text = CustomerText.Of(customer);
        var (left, added, isGone) = (text.Amount(balance.Live), text.Amount(had), balance.Live.Minor == 0);
        var body = new MailBody(
            text.Language,
            text.Say(isGone ? "credit.headline.gone" : "credit.headline", ("left", left)),
            [
                text.Say("credit.left", ("customer", customer.Name), ("had", added), ("left", left)),
                text.Say((isGone, stops) switch
                {
                    (true, true) => "credit.next.goneStops",
                    (false, true) => "credit.next.stops",
                    (true, false) => "credit.next.goneGoesOn",
                    (false, false) => "credit.next.goesOn",
                }),
            ],
            [new MailFigure(text.Say("figure.left"), left), new MailFigure(text.Say("credit.had"), added)],
            text.Say("credit.button"), links.Credits(customer.Key), text.Say("credit.reason", ("customer", customer.Name)));
        return Mail(customer, text.Say(isGone ? "credit.subject.gone" : "credit.subject", ("left", left), ("had", added)), body, messageId, now);
    }

    /// <summary>That the card was not charged for an automatic top-up, and that the rule has stopped.</summary>
    public OutboxMail TopupFailed(Customer customer, Guid purchase, Money amount, string reason, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(customer);
        var text = CustomerText.Of(customer);
        var price = text.Amount(amount);
        var body = new MailBody(
            text.Language,
            text.Say("topup.headline", ("price", price)),
            [text.Say("topup.failed", ("price", price), ("why", PaymentWords.Of(reason, text.Language))), text.Say("topup.next")],
            [new MailFigure(text.Say("figure.amount"), price)],
            text.Say("topup.button"), links.Credits(customer.Key), text.Say("topup.reason", ("customer", customer.Name)));
        return Mail(customer, text.Say("topup.subject", ("price", price)), body, $"<topup.{purchase:N}@{links.Host}>", now);
    }

    private OutboxMail Mail(Customer customer, string subject, MailBody body, string messageId, DateTimeOffset now) => new()
    {
        CustomerId = customer.Id,
        To = customer.Email,
        Subject = subject,
        Text = body.ToText(),
        Html = body.ToHtml(),
        MessageId = messageId,
        AlertKind = Alert.CreditsKind,
        NextAttemptAt = machine.GetUtcNow(),
        CreatedAt = now,
    };
}
