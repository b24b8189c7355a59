using System.Globalization;
using NodaTime;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>The mail about credits for an outage.</summary>
public sealed class OutageMail(PortalLinks links, TimeProvider machine)
{
    /// <summary>That a customer was given credits, how many, and for what.</summary>
    public OutboxMail Given(Customer customer, Outage outage, OutageShare share, Guid grant, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(customer);
        ArgumentNullException.ThrowIfNull(outage);
        ArgumentNullException.ThrowIfNull(share);
        var culture = LimitMail.CultureOf(customer.Locale);
        var amount = share.Amount.Format(culture);
        var cost = Money.Round(share.Cost, share.Amount.Currency).Format(culture);
        var zone = TimeZones.Find(customer.TimeZone) ?? DateTimeZone.Utc;
        var body = new MailBody(
            $"You get {amount} of credits",
            [
                $"{outage.Name}: what {customer.Name} used in these hours costs {cost} before discounts and tax. {DecimalText.Format(outage.Percent)} % of it, {amount}, is given back as credits.",
                "You need not do anything: they lower your next invoice.",
            ],
            [new MailFigure("Credits", amount), new MailFigure("From", Words(outage.Start)), new MailFigure("To", Words(outage.End))],
            "See your credits", links.Credits(customer.Key), $"You get this mail because invoices of {customer.Name} go to this address.");
        return new OutboxMail
        {
            CustomerId = customer.Id,
            To = customer.Email,
            Subject = $"{amount} of credits: {outage.Name}",
            Text = body.ToText(),
            Html = body.ToHtml(),
            MessageId = $"outage-{grant:N}@{links.Host}",
            NextAttemptAt = machine.GetUtcNow(),
            CreatedAt = now,
        };

        string Words(DateTimeOffset at) =>
            Instant.FromDateTimeOffset(at).InZone(zone).LocalDateTime.ToString("d MMM uuuu, HH:mm", CultureInfo.InvariantCulture) + $" {zone.Id}";
    }
}
