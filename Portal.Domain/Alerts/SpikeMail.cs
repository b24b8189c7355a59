using Portal.Domain.Accounts;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Writes the mail about a spike: what is usual, what came, that access is paused, and the one link that resumes it.</summary>
public static class SpikeMail
{
    /// <summary>The mail of a spike. It is in the customer's language.</summary>
    /// <param name="entry">The customer; its address gets the mail.</param>
    /// <param name="reading">What was found.</param>
    /// <param name="link">The page with the button that resumes.</param>
    /// <param name="messageId">Stable for this spike.</param>
    /// <param name="now">When it was found, in business time.</param>
    /// <param name="due">From when it may leave, on the machine's clock.</param>
    public static OutboxMail Make(CustomerEntry entry, SpikeReading reading, string link, string messageId, DateTimeOffset now, DateTimeOffset due)
    {
        var (customer, text) = (entry.Customer, CustomerText.Of(entry.Customer));
        string Amount(decimal amount) => text.Amount(amount, Currency.Of(customer.Currency));
        var (came, isFirst, percent) = (Amount(reading.Value), reading.Percent is null, Percent(text, reading));
        var body = new MailBody(
            text.Language,
            text.Say("spike.headline"),
            [Figures(text, entry, reading), text.Say("spike.stopped"), text.Say("spike.next")],
            [
                new MailFigure(text.Say("spike.usual"), Amount(reading.Baseline)),
                new MailFigure(text.Say("spike.now"), text.Say(isFirst ? "spike.times.first" : "spike.times", ("now", came), ("percent", percent))),
                new MailFigure(text.Say("spike.highest"), Amount(reading.Highest)),
                new MailFigure(text.Say("spike.window"), text.Time(reading.Window.Start)),
                new MailFigure(text.Say("spike.rule"), text.Say("spike.rule.words", ("percent", text.Percent(100 + entry.Spike.Percent)), ("floor", Amount(entry.Spike.Floor)))),
            ],
            text.Say("spike.button"),
            link,
            text.Say("spike.reason", ("customer", customer.Name)));
        return new OutboxMail
        {
            CustomerId = customer.Id,
            To = customer.Email,
            Subject = text.Say(isFirst ? "spike.subject.first" : "spike.subject", ("now", came), ("percent", percent)),
            Text = body.ToText(),
            Html = body.ToHtml(),
            MessageId = messageId,
            AlertKind = Alert.SpikeKind,
            NextAttemptAt = due,
            CreatedAt = now,
        };
    }

    /// <summary>The figures in an English sentence, for whoever reads in the portal why access is paused.</summary>
    public static string Reason(CustomerEntry entry, SpikeReading reading) => Figures(CustomerText.InEnglish(entry.Customer), entry, reading);

    private static string Figures(CustomerText text, CustomerEntry entry, SpikeReading reading)
    {
        string Amount(decimal amount) => text.Amount(amount, Currency.Of(entry.Customer.Currency));
        var start = reading.Window.Start;
        return text.Say(
            reading.Percent is null ? "spike.figures.first" : "spike.figures",
            ("usual", Amount(reading.Baseline)), ("now", Amount(reading.Value)), ("percent", Percent(text, reading)),
            ("time", text.TimeOfDay(start)), ("day", text.Day(start)), ("zone", entry.Customer.TimeZone));
    }

    // Where nothing is usual there is none, and no sentence asks for it.
    private static string Percent(CustomerText text, SpikeReading reading) =>
        reading.Percent is { } percent ? text.Percent(Math.Round(percent, MidpointRounding.AwayFromZero)) : "";
}
