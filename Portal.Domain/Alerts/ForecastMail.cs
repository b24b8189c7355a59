using System.Globalization;
using NodaTime;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Writes the mail about a forecast that has come to lie above the cap.</summary>
public static class ForecastMail
{
    /// <summary>The mail. Amounts read as in the customer's country, dates as in its zone.</summary>
    /// <param name="customer">Its address gets the mail.</param>
    /// <param name="spend">The running period, with its cap.</param>
    /// <param name="forecast">The forecast, which reaches the cap.</param>
    /// <param name="link">The limits page.</param>
    /// <param name="messageId">Stable for this cap and period.</param>
    /// <param name="now">Business time.</param>
    /// <param name="due">From when it may leave, on the machine's clock.</param>
    public static OutboxMail Make(Customer customer, Spend spend, Forecast forecast, string link, string messageId, DateTimeOffset now, DateTimeOffset due)
    {
        var culture = LimitMail.CultureOf(customer.Locale);
        var zone = TimeZones.Find(customer.TimeZone)!;
        string Amount(decimal amount) => Money.Round(amount, spend.Currency).Format(culture);
        string Day(DateTimeOffset at) => Instant.FromDateTimeOffset(at).InZone(zone).ToDateTimeUnspecified().ToString("d MMMM yyyy", CultureInfo.InvariantCulture);
        var limit = spend.Limit!.Limit;
        var (cap, at, last) = (Amount(limit.Amount), Day(forecast.BreachAt!.Value), Day(spend.Period.End.AddTicks(-1)));
        var (low, expected, high) = (Amount(forecast.Low.Amount), Amount(forecast.Expected.Amount), Amount(forecast.High.Amount));
        var error = Math.Round(forecast.ErrorPercent, 0).ToString("0", CultureInfo.InvariantCulture);
        var body = new MailBody(
            $"At this rate your limit of {cap} is reached about {at}",
            [
                $"{customer.Name} has used {Amount(spend.Usage.Amount)} in this period. Without the limit it would come to about {expected} by {last}, likely between {low} and {high}.",
                $"Nothing stops now, and a forecast never stops anything. When usage reaches {Amount(limit.Bound)}, requests are refused until the period ends or the limit is raised.",
                $"At this time of a period such estimates are off by {error} %.",
            ],
            [
                new MailFigure("Used so far", Amount(spend.Usage.Amount)),
                new MailFigure("Limit", cap),
                new MailFigure("Reached about", at),
                new MailFigure("Likely without the limit", $"{low} – {high}"),
                new MailFigure("Estimate", expected),
            ],
            "See the forecast and change the limit",
            link,
            $"You get this mail because {customer.Name} has asked to hear when the forecast lies above its limit.")
        {
            BarPercent = spend.Limit.Percent,
        };
        return new OutboxMail
        {
            CustomerId = customer.Id,
            To = customer.Email,
            Subject = $"Forecast: your limit of {cap} is reached about {at}",
            Text = body.ToText(),
            Html = body.ToHtml(),
            MessageId = messageId,
            AlertKind = Alert.ForecastKind,
            NextAttemptAt = due,
            CreatedAt = now,
        };
    }
}
