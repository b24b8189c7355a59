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
        var body = new MailBody(
            "This is a test", [$"Mails about {customer.Name} reach you. Nothing has happened, and there is nothing to do."], [],
            "Choose what you are mailed about", link, "You get this mail because you asked for it.");
        return new OutboxMail
        {
            CustomerId = customer.Id,
            MemberId = member,
            To = to,
            Subject = "Test: mails reach you",
            Text = body.ToText(),
            Html = body.ToHtml(),
            MessageId = messageId,
            NextAttemptAt = due,
            CreatedAt = now,
        };
    }
}
