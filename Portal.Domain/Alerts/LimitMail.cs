using System.Globalization;
using NodaTime;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Writes the mail about a threshold of the cap: the figures, what happens now, what happens next, and where to change it.</summary>
public static class LimitMail
{
    /// <summary>The mail of a crossing. Amounts read as in the customer's country, dates as in its zone.</summary>
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
        var culture = CultureOf(customer.Locale);
        var zone = TimeZones.Find(customer.TimeZone)!;
        string Amount(decimal amount) => Money.Round(amount, spend.Currency).Format(culture);

        var (used, cap) = (Amount(stand.Used.Amount), Amount(stand.Limit.Amount));
        var percent = decimal.Floor(stand.Percent).ToString("0", CultureInfo.InvariantCulture);
        var resets = $"{Day(zone, spend.Period.End)}, {zone.AtInstant(spend.Period.End):HH:mm} ({customer.TimeZone})";
        var body = new MailBody(
            stand.IsReached ? $"Your limit of {cap} is reached" : $"{percent} % of your limit is used",
            [
                $"{customer.Name} has used {used} of its {Kind(stand.Limit)} limit of {cap} in this period.",
                WhatHappens(stand, Amount),
                $"Usage counts from zero again on {resets}.",
            ],
            [
                new MailFigure("Used", used),
                new MailFigure("Limit", $"{cap}, {Kind(stand.Limit)}"),
                new MailFigure("Share", $"{percent} %"),
                .. stand.Limit.Enforced ? new[] { new MailFigure("Left until usage stops", Amount(stand.Remaining)) } : [],
                new MailFigure("Period", $"{Day(zone, spend.Period.Start)} – {Day(zone, spend.Period.End.AddTicks(-1))}"),
                new MailFigure("Counts from zero again", resets),
            ],
            "See usage and change the limit",
            link,
            $"You get this mail because the limit of {customer.Name} mails at {Percentages(stand.Limit.Alerts)}.")
        {
            BarPercent = stand.Percent,
        };

        return new OutboxMail
        {
            CustomerId = customer.Id,
            To = customer.Email,
            Subject = stand.IsReached ? $"Limit reached: {used} of {cap} used, usage is stopped" : $"{threshold} % alert: {used} of your limit of {cap} is used",
            Text = body.ToText(),
            Html = body.ToHtml(),
            MessageId = messageId,
            AlertKind = Alert.LimitKind,
            IsUrgent = threshold >= 100,
            NextAttemptAt = due,
            CreatedAt = now,
        };
    }

    private static string WhatHappens(LimitStand stand, Func<decimal, string> amount) => stand switch
    {
        { Limit.Enforced: false } =>
            "Nothing stops: the protection of this limit is turned off, so usage goes on and all of it is billed.",
        { IsReached: true } =>
            $"Usage is stopped now: requests are refused until the period ends or the limit is raised. What is still reported above {amount(stand.Limit.Bound)} is stored and not billed. "
            + "A raised limit opens access within a second.",
        { Limit.Kind: LimitKind.Soft, Percent: >= 100 } =>
            $"Nothing stops yet: the limit is soft, and usage goes on up to {amount(stand.Limit.Bound)}. There it stops until the period ends or the limit is raised, and nothing above that is billed.",
        { Limit.Kind: LimitKind.Soft } =>
            $"Nothing stops yet. The limit is soft: usage goes on beyond 100 % up to {amount(stand.Limit.Bound)}. There it stops until the period ends or the limit is raised.",
        _ =>
            $"Nothing stops yet. At 100 % usage stops until the period ends or the limit is raised, and nothing above {amount(stand.Limit.Bound)} is billed.",
    };

    private static string Kind(SpendingLimit limit) => limit.Kind == LimitKind.Soft ? "soft" : "hard";

    private static string Percentages(int[] alerts) => alerts.Length == 1
        ? $"{alerts[0]} %"
        : $"{string.Join(", ", alerts[..^1].Select(percent => $"{percent} %"))} and {alerts[^1]} %";

    private static string Day(DateTimeZone zone, DateTimeOffset instant) =>
        zone.AtInstant(instant).ToString("d MMMM yyyy", CultureInfo.InvariantCulture);

    private static DateTime AtInstant(this DateTimeZone zone, DateTimeOffset instant) =>
        Instant.FromDateTimeOffset(instant).InZone(zone).ToDateTimeUnspecified();

    /// <summary>The culture that a customer reads amounts in; the seller's where its locale is unknown.</summary>
    internal static CultureInfo CultureOf(string locale)
    {
        try
        {
            return CultureInfo.GetCultureInfo(locale);
        }
        catch (CultureNotFoundException)
        {
            return CultureInfo.GetCultureInfo("en-US");
        }
    }
}
