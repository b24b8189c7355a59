using System.Globalization;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Accounts;

/// <summary>The mails that bring a person in: with a link that sets a password, or to a new team.</summary>
public sealed class PasswordMail(PortalLinks links, TimeProvider machine)
{
    // One mail in this time to one person; the Message-ID, which is unique, carries the slice.
    private static readonly TimeSpan s_slice = TimeSpan.FromMinutes(5);

    /// <summary>The mail for a person who forgot the password.</summary>
    /// <param name="user">The person.</param>
    /// <param name="locale">How its customer reads; null for a person of the operator's, who reads English.</param>
    /// <param name="token">Proves that the link came from our mail.</param>
    /// <param name="now">Business time.</param>
    public OutboxMail Forgotten(PortalUser user, string? locale, string token, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(user);
        var language = locale is null ? Language.English : Language.Of(locale);
        var slice = (machine.GetUtcNow().UtcTicks / s_slice.Ticks).ToString(CultureInfo.InvariantCulture);
        var body = Body(language, "password", links.SetPassword("ResetPassword", user.Id, token));
        return Mail(user, customer: null, body, $"password-{user.Id:N}-{slice}", now);
    }

    /// <summary>The mail for a person who was invited into a customer's team, and has no password yet.</summary>
    public OutboxMail Invitation(PortalUser user, Customer customer, string token, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(customer);
        var days = Passwords.InvitationTime.Days.ToString(CultureInfo.InvariantCulture);
        var body = Body(Language.Of(customer.Locale), "invitation", links.SetPassword("AcceptInvite", user.Id, token), ("customer", customer.Name), ("days", days));
        return Mail(user, customer, body, $"invitation-{Guid.CreateVersion7():N}", now);
    }

    /// <summary>The mail for a person who was added to a customer's team, and signs in already.</summary>
    public OutboxMail Added(PortalUser user, Customer customer, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(customer);
        var body = Body(Language.Of(customer.Locale), "added", links.SignIn, ("customer", customer.Name));
        return Mail(user, customer, body, $"invitation-{Guid.CreateVersion7():N}", now);
    }

    private static MailBody Body(Language language, string mail, string link, params (string Name, string Value)[] values) => new(
        language, language.Say($"{mail}.subject", values), [language.Say($"{mail}.before", values), language.Say($"{mail}.after", values)], [], language.Say($"{mail}.button"), link,
        language.Say($"{mail}.reason", values));

    private OutboxMail Mail(PortalUser user, Customer? customer, MailBody body, string messageId, DateTimeOffset now) => new()
    {
        CustomerId = customer?.Id,
        To = user.Email!,
        Subject = body.Headline,
        Text = body.ToText(),
        Html = body.ToHtml(),
        MessageId = $"<{messageId}@portal>",
        NextAttemptAt = machine.GetUtcNow(),
        CreatedAt = now,
    };
}
