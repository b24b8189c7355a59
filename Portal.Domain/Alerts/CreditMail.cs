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
        var culture = LimitMail.CultureOf(customer.Locale);
        var (left, isGone) = (balance.Live.Format(culture), balance.Live.Minor == 0);
        var body = new MailBody(
            isGone ? "Your credits are used up" : $"{left} of your credits are left",
            [
                $"{customer.Name} had {had.Format(culture)} of credits when some were added last. Usage that is not invoiced yet is taken off: {left} are left.",
                (isGone, stops) switch
                {
                    (true, true) => "Requests are refused until credits are bought, and go on within a second of that. What is still reported is stored.",
                    (false, true) => "When none are left, requests are refused until credits are bought.",
                    (true, false) => "Nothing stops: what is used from now on is invoiced.",
                    (false, false) => "Nothing stops when they are used up: what comes then is invoiced.",
                },
            ],
            [new MailFigure("Left", left), new MailFigure("When added last", had.Format(culture))],
            "See and buy credits", links.Credits(customer.Key), $"You get this mail because {customer.Name} pays with credits.");
        return Mail(customer, isGone ? $"Credits: all {had.Format(culture)} are used" : $"Credits: {left} are left", body, messageId, now);
    }

    /// <summary>That the card was not charged for an automatic top-up, and that the rule has stopped.</summary>
    public OutboxMail TopupFailed(Customer customer, Guid purchase, Money amount, string reason, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(customer);
        var price = amount.Format(LimitMail.CultureOf(customer.Locale));
        var body = new MailBody(
            $"{price} of credits could not be bought",
            [
                $"Your credits fell below the amount that you set, and {price} could not be charged: {PaymentWords.Of(reason)}",
                "Nothing was bought, and nothing is tried again by itself: automatic top-up has stopped. Save another card, and set it again.",
            ],
            [new MailFigure("Amount", price)],
            "Look at credits", links.Credits(customer.Key), $"You get this mail because {customer.Name} has automatic top-up.");
        return Mail(customer, $"Automatic top-up failed: {price}", body, $"<topup.{purchase:N}@{links.Host}>", now);
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
