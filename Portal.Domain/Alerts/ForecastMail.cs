using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;

namespace Portal.Domain.Alerts;

/// <summary>Writes the mail about a forecast that has come to lie above the cap.</summary>
public static class ForecastMail
{
    /// <summary>The mail. It is in the customer's language.</summary>
    /// <param name="customer">Its address gets the mail.</param>
    /// <param name="spend">The running period, with its cap.</param>
    /// <param name="forecast">The forecast, which reaches the cap.</param>
    /// <param name="link">The limits page.</param>
    /// <param name="messageId">Stable for this cap and period.</param>
    /// <param name="now">Business time.</param>
    /// <param name="due">From when it may leave, on the machine's clock.</param>
    public static OutboxMail Make(Customer customer, Spend spend, Forecast forecast, string link, string messageId, DateTimeOffset now, DateTimeOffset due)
    {
        var text = CustomerText.Of(customer);
        string Amount(decimal amount) => text.Amount(amount, spend.Currency);
        var limit = spend.Limit!.Limit;
        var (used, cap, day) = (Amount(spend.Usage.Amount), Amount(limit.Amount), text.Day(forecast.BreachAt!.Value));
        var (low, expected, high) = (Amount(forecast.Low.Amount), Amount(forecast.Expected.Amount), Amount(forecast.High.Amount));
        var body = new MailBody(
            text.Language,
            text.Say("forecast.headline", ("cap", cap), ("day", day)),
            [
                text.Say("forecast.expected", ("customer", customer.Name), ("used", used), ("expected", expected), ("low", low), ("high", high), ("last", text.Day(spend.Period.End.AddTicks(-1)))),
                text.Say("forecast.next", ("bound", Amount(limit.Bound))),
                text.Say("forecast.error", ("error", text.Percent(Math.Round(forecast.ErrorPercent, 0)))),
            ],
            [
                new MailFigure(text.Say("figure.usedSoFar"), used),
                new MailFigure(text.Say("figure.limit"), cap),
                new MailFigure(text.Say("forecast.reached"), day),
                new MailFigure(text.Say("forecast.likely"), $"{low} – {high}"),
                new MailFigure(text.Say("forecast.estimate"), expected),
            ],
            text.Say("forecast.button"),
            link,
            text.Say("forecast.reason", ("customer", customer.Name)))
        {
            BarPercent = spend.Limit.Percent,
        };
        return new OutboxMail
        {
            CustomerId = customer.Id,
            To = customer.Email,
            Subject = text.Say("forecast.subject", ("cap", cap), ("day", day)),
            Text = body.ToText(),
            Html = body.ToHtml(),
            MessageId = messageId,
            AlertKind = Alert.ForecastKind,
            NextAttemptAt = due,
            CreatedAt = now,
        };
    }
}
