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
        var body = new MailBody(
            $"The webhook {endpoint.Key} is switched off",
            [
                $"For three days, {endpoint.Url} took none of the events that were sent to it, so nothing more is sent.",
                "What it missed is kept for 30 days and can be replayed. Saving the endpoint again switches it on.",
            ],
            [new MailFigure("Webhook", endpoint.Key), new MailFigure("Address", endpoint.Url)],
            "See what went wrong",
            link,
            $"You get this mail because {customer.Name} has this webhook.");
        return new OutboxMail
        {
            CustomerId = customer.Id,
            To = customer.Email,
            Subject = $"Webhook {endpoint.Key} is switched off",
            Text = body.ToText(),
            Html = body.ToHtml(),
            MessageId = messageId,
            NextAttemptAt = due,
            CreatedAt = now,
        };
    }
}
