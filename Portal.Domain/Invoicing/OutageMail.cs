using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;

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
        var text = CustomerText.Of(customer);
        var (amount, cost) = (text.Amount(share.Amount), text.Amount(share.Cost, share.Amount.Currency));
        var body = new MailBody(
            text.Language,
            text.Say("outage.headline", ("amount", amount)),
            [text.Say("outage.why", ("outage", outage.Name), ("customer", customer.Name), ("cost", cost), ("percent", text.Percent(outage.Percent)), ("amount", amount)), text.Say("outage.next")],
            [
                new MailFigure(text.Say("outage.credits"), amount),
                new MailFigure(text.Say("outage.from"), text.Time(outage.Start)),
                new MailFigure(text.Say("outage.to"), text.Time(outage.End)),
            ],
            text.Say("outage.button"), links.Credits(customer.Key), text.Say("reason.invoices", ("customer", customer.Name)));
        return new OutboxMail
        {
            CustomerId = customer.Id,
            To = customer.Email,
            Subject = text.Say("outage.subject", ("amount", amount), ("outage", outage.Name)),
            Text = body.ToText(),
            Html = body.ToHtml(),
            MessageId = $"outage-{grant:N}@{links.Host}",
            NextAttemptAt = machine.GetUtcNow(),
            CreatedAt = now,
        };
    }
}
