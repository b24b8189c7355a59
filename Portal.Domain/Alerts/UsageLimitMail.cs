using System.Globalization;
using NodaTime;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Writes the mail about a threshold of a limit on a part of usage.</summary>
public static class UsageLimitMail
{
    /// <summary>The mail of a crossing. Figures read as in the customer's country, dates as in its zone.</summary>
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
        var culture = LimitMail.CultureOf(customer.Locale);
        string Figure(decimal value) => words.Figure(value, stand.Meter, culture);
        var zone = TimeZones.Find(customer.TimeZone)!;
        var end = Instant.FromDateTimeOffset(spend.Period.End).InZone(zone).ToDateTimeUnspecified().ToString("d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture);
        var (used, most, bound) = (Figure(stand.Used), Figure(stand.Limit.Most), Figure(stand.Limit.Bound));
        var percent = decimal.Floor(stand.Percent).ToString("0", CultureInfo.InvariantCulture);
        var body = new MailBody(
            stand.IsReached ? $"Your limit of {most} on {words.What} is reached" : $"{percent} % of your limit on {words.What} is used",
            [
                $"{customer.Name} has used {used} of the {most} that it allowed for {words.What} in this period.",
                stand.IsReached
                    ? $"Requests for it are refused until the period ends or the limit is raised. What is still reported above {bound} is stored and not billed. All other usage goes on."
                    : $"Nothing stops yet. At {bound} requests for it are refused until the period ends or the limit is raised; all other usage goes on.",
                $"It counts from zero again on {end} ({customer.TimeZone}).",
            ],
            [
                new MailFigure("Limit on", words.What),
                new MailFigure("Used", used),
                new MailFigure("Limit", $"{most}, {(stand.Limit.Kind == LimitKind.Soft ? "soft" : "hard")}"),
                new MailFigure("Left until it stops", Figure(stand.Remaining)),
                new MailFigure("Counts from zero again", $"{end} ({customer.TimeZone})"),
            ],
            "See usage and change the limit",
            link,
            $"You get this mail because {customer.Name} has set a limit on {words.What}.")
        {
            BarPercent = stand.Percent,
        };
        return new OutboxMail
        {
            CustomerId = customer.Id,
            To = customer.Email,
            Subject = stand.IsReached ? $"Limit reached: {words.What} is stopped at {used} of {most}" : $"{threshold} % alert: {used} of {most} for {words.What} are used",
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
