using System.Globalization;
using NodaTime;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Writes the mail about a spike: what is usual, what came, that access is paused, and the one link that resumes it.</summary>
public static class SpikeMail
{
    /// <summary>The mail of a spike. Amounts read as in the customer's country, times as in its zone.</summary>
    /// <param name="entry">The customer; its address gets the mail.</param>
    /// <param name="reading">What was found.</param>
    /// <param name="link">The page with the button that resumes.</param>
    /// <param name="messageId">Stable for this spike.</param>
    /// <param name="now">When it was found, in business time.</param>
    /// <param name="due">From when it may leave, on the machine's clock.</param>
    public static OutboxMail Make(CustomerEntry entry, SpikeReading reading, string link, string messageId, DateTimeOffset now, DateTimeOffset due)
    {
        var customer = entry.Customer;
        var culture = LimitMail.CultureOf(customer.Locale);
        string Amount(decimal amount) => Money.Round(amount, Currency.Of(customer.Currency)).Format(culture);
        var times = reading.Percent is { } percent ? $"{percent.ToString("0", CultureInfo.InvariantCulture)} % of what is usual" : "where nothing is usual";
        var body = new MailBody(
            "Access is paused, because usage rose sharply",
            [
                Reason(entry, reading),
                "Requests are refused from now on, so that a mistake in a program does not become a bill. What is still reported a minute later is stored and not billed.",
                "If this is meant, resume access on the page below; the link works for seven days. If it is not, stop the program first.",
            ],
            [
                new MailFigure("Usual in this quarter-hour", Amount(reading.Baseline)),
                new MailFigure("Now", $"{Amount(reading.Value)} ({times})"),
                new MailFigure("Highest at this time in the last 14 days", Amount(reading.Highest)),
                new MailFigure("Quarter-hour", Time(entry, reading.Window.Start)),
                new MailFigure("Rule", $"above {(100 + entry.Spike.Percent).ToString("0.##", CultureInfo.InvariantCulture)} % of what is usual and above {Amount(entry.Spike.Floor)} an hour, for two quarter-hours running"),
            ],
            "Look at the figures and resume access",
            link,
            $"You get this mail because the spike protection of {customer.Name} is on. The limits page changes its rule.");
        return new OutboxMail
        {
            CustomerId = customer.Id,
            To = customer.Email,
            Subject = $"Access paused: {Amount(reading.Value)} of usage in a quarter-hour, {times}",
            Text = body.ToText(),
            Html = body.ToHtml(),
            MessageId = messageId,
            AlertKind = Alert.SpikeKind,
            NextAttemptAt = due,
            CreatedAt = now,
        };
    }

    /// <summary>The figures in a sentence, for whoever reads why access is paused.</summary>
    public static string Reason(CustomerEntry entry, SpikeReading reading)
    {
        var culture = LimitMail.CultureOf(entry.Customer.Locale);
        string Amount(decimal amount) => Money.Round(amount, Currency.Of(entry.Customer.Currency)).Format(culture);
        var share = reading.Percent is { } percent ? $", {percent.ToString("0", CultureInfo.InvariantCulture)} %" : "";
        return $"Usually {Amount(reading.Baseline)} in the quarter-hour from {Time(entry, reading.Window.Start)}; now {Amount(reading.Value)}{share}, after a quarter-hour that was as loud.";
    }

    private static string Time(CustomerEntry entry, DateTimeOffset at) =>
        Instant.FromDateTimeOffset(at).InZone(TimeZones.Find(entry.Customer.TimeZone)!).ToDateTimeUnspecified().ToString("HH:mm 'on' d MMMM yyyy", CultureInfo.InvariantCulture)
        + $" ({entry.Customer.TimeZone})";
}
