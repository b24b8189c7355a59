using System.Globalization;
using NodaTime;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Writes the mail about units that a plan includes.</summary>
public static class IncludedMail
{
    /// <summary>The mail of a crossing. Quantities read as in the customer's country, dates as in its zone.</summary>
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
        var culture = LimitMail.CultureOf(customer.Locale);
        string Units(decimal quantity) => UnitName.Format(quantity, stand.Meter.Unit, culture);
        var zone = TimeZones.Find(customer.TimeZone)!;
        var end = Instant.FromDateTimeOffset(spend.Period.End).InZone(zone).ToDateTimeUnspecified().ToString("d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture);
        var percent = decimal.Floor(stand.Used / stand.Limit * 100).ToString("0", CultureInfo.InvariantCulture);
        var isReached = stand.Used >= stand.Limit;
        var body = new MailBody(
            isReached ? $"What your plan includes of {stand.Meter.Name} is used up" : $"{percent} % of {stand.Meter.Name} in your plan is used",
            [
                $"{customer.Name} has used {Units(stand.Used)} of the {Units(stand.Limit)} that its plan includes in this period.",
                isReached
                    ? $"Requests for {stand.Feature.Key} are refused until the period ends or the plan is changed. What is still reported is stored."
                    : $"Nothing stops yet. At {Units(stand.Limit)} requests for {stand.Feature.Key} are refused until the period ends or the plan is changed.",
                $"Units count from zero again on {end} ({customer.TimeZone}).",
            ],
            [
                new MailFigure("Used", Units(stand.Used)),
                new MailFigure("Included", Units(stand.Limit)),
                new MailFigure("Left", Units(Math.Max(0, stand.Limit - stand.Used))),
                new MailFigure("Counts from zero again", $"{end} ({customer.TimeZone})"),
            ],
            "See usage and what the plan includes",
            link,
            $"You get this mail because the plan of {customer.Name} includes a number of {UnitName.Of(2, stand.Meter.Unit)}.")
        {
            BarPercent = stand.Used / stand.Limit * 100,
        };
        return new OutboxMail
        {
            CustomerId = customer.Id,
            To = customer.Email,
            Subject = isReached
                ? $"{stand.Meter.Name}: all {Units(stand.Limit)} of your plan are used"
                : $"{threshold} % alert: {Units(stand.Used)} of {Units(stand.Limit)} in your plan are used",
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
