using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;

namespace Portal.Domain.Alerts;

/// <summary>Writes the mail about a threshold of a limit on a part of usage.</summary>
public static class UsageLimitMail
{
    /// <summary>The mail of a crossing. It is in the customer's language.</summary>
    /// <param name="customer">Its address gets the mail.</param>
    /// <param name="spend">The running period.</param>
    /// <param name="stand">Where it stands.</param>
    /// <param name="words">The limit in words.</param>
    /// <param name="threshold">The percentage that was crossed.</param>
    /// <param name="link">The limits page.</param>
    /// <param name="messageId">Stable for this crossing.</param>
    /// <param name="now">The crossing, in business time.</param>
    /// <param name="due">From when it may leave, on the machine's clock.</param>
    public static OutboxMail Make(
        Customer customer, Spend spend, UsageLimitStand stand, UsageLimitWords words, int threshold, string link, string messageId, DateTimeOffset now, DateTimeOffset due)
    {
        var text = CustomerText.Of(customer);
        string Figure(decimal value) => words.Figure(value, stand.Meter, text.Culture);
        var (used, most, part) = (Figure(stand.Used), Figure(stand.Limit.Most), words.What);
        var (bound, resets) = (Figure(stand.Limit.Bound), text.Time(spend.Period.End));
        var body = new MailBody(
            text.Language,
            text.Say(stand.IsReached ? "part.headline.reached" : "part.headline", ("limit", most), ("part", part), ("percent", text.Percent(decimal.Floor(stand.Percent)))),
            [
                text.Say("part.used", ("customer", customer.Name), ("used", used), ("limit", most), ("part", part)),
                text.Say(stand.IsReached ? "part.next.reached" : "part.next", ("bound", bound)),
                text.Say("part.resets", ("at", resets)),
            ],
            [
                new MailFigure(text.Say("part.on"), words.What),
                new MailFigure(text.Say("figure.used"), used),
                new MailFigure(text.Say("figure.limit"), text.Say(stand.Limit.Kind == LimitKind.Soft ? "limit.soft" : "limit.hard", ("limit", most))),
                new MailFigure(text.Say("part.left"), Figure(stand.Remaining)),
                new MailFigure(text.Say("figure.resets"), resets),
            ],
            text.Say("limit.button"),
            link,
            text.Say("part.reason", ("customer", customer.Name), ("part", part)))
        {
            BarPercent = stand.Percent,
        };
        return new OutboxMail
        {
            CustomerId = customer.Id,
            To = customer.Email,
            Subject = text.Say(stand.IsReached ? "part.subject.reached" : "part.subject", ("used", used), ("limit", most), ("part", part), ("threshold", text.Percent(threshold))),
            Text = body.ToText(),
            Html = body.ToHtml(),
            MessageId = messageId,
            AlertKind = Alert.LimitKind,
            IsUrgent = threshold >= 100,
            NextAttemptAt = due,
            CreatedAt = now,
        };
    }
}
