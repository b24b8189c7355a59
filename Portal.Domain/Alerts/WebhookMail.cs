using Portal.Domain.Accounts;

namespace Portal.Domain.Alerts;

/// <summary>Writes the mail that says an endpoint was switched off.</summary>
internal static class WebhookMail
{
    /// <summary>The mail to the endpoint's owner.</summary>
    /// <param name="customer">The owner.</param>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="link">The page of webhooks.</param>
    /// <param name="messageId">Stable for this.</param>
    /// <param name="now">When it was switched off, in business time.</param>
    /// <param name="due">From when the mail may leave, on the machine's clock.</param>
    public static OutboxMail Disabled(Customer customer, WebhookEndpoint endpoint, string link, string messageId, DateTimeOffset now, DateTimeOffset due)
    {
        var text = CustomerText.Of(customer);
        var body = new MailBody(
            text.Language,
            text.Say("webhook.headline", ("webhook", endpoint.Key)),
            [text.Say("webhook.why", ("address", endpoint.Url)), text.Say("webhook.next")],
            [new MailFigure(text.Say("webhook.webhook"), endpoint.Key), new MailFigure(text.Say("webhook.address"), endpoint.Url)],
            text.Say("webhook.button"),
            link,
            text.Say("webhook.reason", ("customer", customer.Name)));
        return new OutboxMail
        {
            CustomerId = customer.Id,
            To = customer.Email,
            Subject = text.Say("webhook.subject", ("webhook", endpoint.Key)),
            Text = body.ToText(),
            Html = body.ToHtml(),
            MessageId = messageId,
            NextAttemptAt = due,
            CreatedAt = now,
        };
    }
}
