using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;

namespace Portal.Domain.Alerts;

/// <summary>Writes the mail about units that a plan includes.</summary>
public static class IncludedMail
{
    /// <summary>The mail of a crossing. It is in the customer's language.</summary>
    /// <param name="customer">Its address gets the mail.</param>
    /// <param name="spend">The running period.</param>
    /// <param name="stand">Where it stands.</param>
    /// <param name="threshold">The percentage that was crossed.</param>
    /// <param name="link">The overview.</param>
    /// <param name="messageId">Stable for this crossing.</param>
    /// <param name="now">The crossing, in business time.</param>
    /// <param name="due">From when it may leave, on the machine's clock.</param>
    public static OutboxMail Make(
        Customer customer, Spend spend, IncludedStand stand, int threshold, string link, string messageId, DateTimeOffset now, DateTimeOffset due)
    {
        var text = CustomerText.Of(customer);
        string Units(decimal quantity) => UnitName.Format(quantity, stand.Meter.Unit, text.Culture);
        var isReached = stand.Used >= stand.Limit;
        var (used, limit, meter) = (Units(stand.Used), Units(stand.Limit), stand.Meter.Name);
        var resets = text.Time(spend.Period.End);
        var body = new MailBody(
            text.Language,
            text.Say(isReached ? "included.headline.reached" : "included.headline", ("meter", meter), ("percent", text.Percent(decimal.Floor(stand.Used / stand.Limit * 100)))),
            [
                text.Say("included.used", ("customer", customer.Name), ("used", used), ("limit", limit)),
                text.Say(isReached ? "included.next.reached" : "included.next", ("limit", limit), ("feature", stand.Feature.Key)),
                text.Say("included.resets", ("at", resets)),
            ],
            [
                new MailFigure(text.Say("figure.used"), used),
                new MailFigure(text.Say("included.included"), limit),
                new MailFigure(text.Say("figure.left"), Units(Math.Max(0, stand.Limit - stand.Used))),
                new MailFigure(text.Say("figure.resets"), resets),
            ],
            text.Say("included.button"),
            link,
            text.Say("included.reason", ("customer", customer.Name), ("units", UnitName.Of(2, stand.Meter.Unit))))
        {
            BarPercent = stand.Used / stand.Limit * 100,
        };
        return new OutboxMail
        {
            CustomerId = customer.Id,
            To = customer.Email,
            Subject = text.Say(isReached ? "included.subject.reached" : "included.subject", ("meter", meter), ("used", used), ("limit", limit), ("threshold", text.Percent(threshold))),
            Text = body.ToText(),
            Html = body.ToHtml(),
            MessageId = messageId,
            AlertKind = Alert.IncludedKind,
            IsUrgent = threshold >= 100,
            NextAttemptAt = due,
            CreatedAt = now,
        };
    }
}
