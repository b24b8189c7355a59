using System.Globalization;
using System.Text.Encodings.Web;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;

namespace Portal.Domain.Accounts;

/// <summary>The mails whose link sets a password.</summary>
public sealed class PasswordMail(PortalLinks links, TimeProvider machine)
{
    // One mail in this time to one person; the Message-ID, which is unique, carries the slice.
    private static readonly TimeSpan s_slice = TimeSpan.FromMinutes(5);

    /// <summary>The mail for a person who forgot the password.</summary>
    public OutboxMail Forgotten(PortalUser user, string token, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(user);
        var slice = (machine.GetUtcNow().UtcTicks / s_slice.Ticks).ToString(CultureInfo.InvariantCulture);
        return Mail(user, customer: null, "Set a new password", links.SetPassword("ResetPassword", user.Id, token), now, new Words(
            $"password-{user.Id:N}-{slice}",
            "Somebody, probably you, asked for a new password for this address.",
            "The link works once, and for a day. If it was not you, there is nothing to do: your password stays as it is."));
    }

    /// <summary>The mail for a person who was invited into a customer's team, and has no password yet.</summary>
    public OutboxMail Invitation(PortalUser user, Customer customer, string token, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(customer);
        return Mail(user, customer, $"You are invited to {customer.Name}", links.SetPassword("AcceptInvite", user.Id, token), now, new Words(
            $"invitation-{Guid.CreateVersion7():N}",
            $"{customer.Name} has invited you to see its usage, limits and invoices.",
            $"The link works once, and for {Passwords.InvitationTime.Days} days."));
    }

    /// <summary>The mail for a person who was added to a customer's team, and signs in already.</summary>
    public OutboxMail Added(PortalUser user, Customer customer, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(customer);
        return Mail(user, customer, $"You were added to {customer.Name}", links.SignIn, now, new Words(
            $"invitation-{Guid.CreateVersion7():N}",
            $"{customer.Name} has added you to its team: you can see its usage, limits and invoices.",
            "Sign in as always, with the password that you have."));
    }

    private OutboxMail Mail(PortalUser user, Customer? customer, string subject, string link, DateTimeOffset now, Words words) => new()
    {
        CustomerId = customer?.Id,
        To = user.Email!,
        Subject = subject,
        Text = $"{words.Before}\n\n{link}\n\n{words.After}\n",
        Html = $"""<p>{Encode(words.Before)}</p><p><a href="{Encode(link)}">{Encode(subject)}</a></p><p>{Encode(words.After)}</p>""",
        MessageId = $"<{words.MessageId}@portal>",
        NextAttemptAt = machine.GetUtcNow(),
        CreatedAt = now,
    };

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);

    private sealed record Words(string MessageId, string Before, string After);
}
