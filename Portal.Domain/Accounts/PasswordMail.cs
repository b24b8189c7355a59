using System.Globalization;
using System.Text.Encodings.Web;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;

namespace Portal.Domain.Accounts;

/// <summary>The mails whose link sets a password.</summary>
public sealed class PasswordMail(PortalOptions options, TimeProvider machine)
{
    // One mail in this time to one person; the Message-ID, which is unique, carries the slice.
    private static readonly TimeSpan s_slice = TimeSpan.FromMinutes(5);

    /// <summary>The mail for a person who forgot the password.</summary>
    public OutboxMail Forgotten(PortalUser user, string token, DateTimeOffset now) => Mail(
        user, "password", "Set a new password", LinkTo("ResetPassword", user, token), now, customer: null,
        "Somebody, probably you, asked for a new password for this address.",
        "The link works once, and for a day. If it was not you, there is nothing to do: your password stays as it is.");

    /// <summary>The mail for a person who was invited into a customer's team.</summary>
    public OutboxMail Invitation(PortalUser user, Customer customer, string token, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(customer);
        return Mail(
            user, "invitation", $"You are invited to {customer.Name}", LinkTo("AcceptInvite", user, token), now, customer,
            $"{customer.Name} has invited you to see its usage, limits and invoices.",
            $"The link works once, and for {Passwords.InvitationTime.Days} days.");
    }

    private string LinkTo(string page, PortalUser user, string token) =>
        $"{options.PublicUrl.TrimEnd('/')}/Account/{page}?user={user.Id}&token={Uri.EscapeDataString(token)}";

    private OutboxMail Mail(PortalUser user, string what, string subject, string link, DateTimeOffset now, Customer? customer, string before, string after)
    {
        var machineNow = machine.GetUtcNow();
        var slice = (machineNow.UtcTicks / s_slice.Ticks).ToString(CultureInfo.InvariantCulture);
        return new OutboxMail
        {
            CustomerId = customer?.Id,
            To = user.Email!,
            Subject = subject,
            Text = $"{before}\n\n{link}\n\n{after}\n",
            Html = $"""<p>{Encode(before)}</p><p><a href="{Encode(link)}">{Encode(subject)}</a></p><p>{Encode(after)}</p>""",
            MessageId = $"<{what}-{user.Id:N}-{slice}@portal>",
            NextAttemptAt = machineNow,
            CreatedAt = now,
        };
    }

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
