using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;

namespace Portal.Domain.Alerts;

/// <summary>Writes the mail about a threshold of the cap: the figures, what happens now, what happens next, and where to change it.</summary>
public static class LimitMail
{
    /// <summary>The mail of a crossing. It is in the customer's language.</summary>
    /// <param name="customer">Whose cap it is; its address gets the mail.</param>
    /// <param name="spend">The running period.</param>
    /// <param name="stand">Where the customer stands against the cap.</param>
    /// <param name="threshold">The percentage that was crossed.</param>
    /// <param name="link">The limits page.</param>
    /// <param name="messageId">Stable for this crossing.</param>
    /// <param name="now">The crossing, in business time.</param>
    /// <param name="due">From when it may leave, on the machine's clock.</param>
    public static OutboxMail Make(
        Customer customer, Spend spend, LimitStand stand, int threshold, string link, string messageId, DateTimeOffset now, DateTimeOffset due)
    {
        var text = CustomerText.Of(customer);
        string Amount(decimal amount) => text.Amount(amount, spend.Currency);

        var isSoft = stand.Limit.Kind == LimitKind.Soft;
        var (used, cap, percent) = (Amount(stand.Used.Amount), Amount(stand.Limit.Amount), text.Percent(decimal.Floor(stand.Percent)));
        var resets = text.Time(spend.Period.End);
        var body = new MailBody(
            text.Language,
            text.Say(stand.IsReached ? "limit.headline.reached" : "limit.headline", ("cap", cap), ("percent", percent)),
            [
                text.Say(isSoft ? "limit.used.soft" : "limit.used.hard", ("customer", customer.Name), ("used", used), ("cap", cap)),
                text.Say(WhatHappens(stand), ("bound", Amount(stand.Limit.Bound))),
                text.Say("limit.resets", ("at", resets)),
            ],
            [
                new MailFigure(text.Say("figure.used"), used),
                new MailFigure(text.Say("figure.limit"), text.Say(isSoft ? "limit.soft" : "limit.hard", ("limit", cap))),
                new MailFigure(text.Say("figure.share"), percent),
                .. stand.Limit.Enforced ? new[] { new MailFigure(text.Say("limit.left"), Amount(stand.Remaining)) } : [],
                new MailFigure(text.Say("figure.period"), $"{text.Day(spend.Period.Start)} – {text.Day(spend.Period.End.AddTicks(-1))}"),
                new MailFigure(text.Say("figure.resets"), resets),
            ],
            text.Say("limit.button"),
            link,
            text.Say("limit.reason", ("customer", customer.Name), ("thresholds", text.Percents(stand.Limit.Alerts))))
        {
            BarPercent = stand.Percent,
        };

        return new OutboxMail
        {
            CustomerId = customer.Id,
            To = customer.Email,
            Subject = text.Say(stand.IsReached ? "limit.subject.reached" : "limit.subject", ("used", used), ("cap", cap), ("threshold", text.Percent(threshold))),
            Text = body.ToText(),
            Html = body.ToHtml(),
            MessageId = messageId,
            AlertKind = Alert.LimitKind,
            IsUrgent = threshold >= 100,
            NextAttemptAt = due,
            CreatedAt = now,
        };
    }

    private static string WhatHappens(LimitStand stand) => stand switch
    {
        { Limit.Enforced: false } => "limit.next.unprotected",
        { IsReached: true } => "limit.next.reached",
        { Limit.Kind: LimitKind.Soft, Percent: >= 100 } => "limit.next.softPassed",
        { Limit.Kind: LimitKind.Soft } => "limit.next.soft",
        _ => "limit.next.hard",
    };
}
