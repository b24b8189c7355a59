using Portal.Domain.Accounts;

namespace Portal.Domain.Alerts;

/// <summary>Writes the mail that a member asks for to see that mails come.</summary>
internal static class TestMail
{
    /// <summary>The test.</summary>
    /// <param name="customer">Whose mails the member gets.</param>
    /// <param name="member">Who asked.</param>
    /// <param name="to">The member's address.</param>
    /// <param name="link">The page of notifications.</param>
    /// <param name="messageId">Of this test alone.</param>
    /// <param name="now">Business time.</param>
    /// <param name="due">From when it may leave, on the machine's clock.</param>
    public static OutboxMail Make(Customer customer, Guid member, string to, string link, string messageId, DateTimeOffset now, DateTimeOffset due)
    {
        var text = CustomerText.Of(customer);
        var body = new MailBody(
            text.Language, text.Say("test.headline"), [text.Say("test.words", ("customer", customer.Name))], [], text.Say("test.button"), link, text.Say("test.reason"));
        return new OutboxMail
        {
            CustomerId = customer.Id,
            MemberId = member,
            To = to,
            Subject = text.Say("test.subject"),
            Text = body.ToText(),
            Html = body.ToHtml(),
            MessageId = messageId,
            NextAttemptAt = due,
            CreatedAt = now,
        };
    }
}
