using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Accounts;

/// <summary>Passwords are set by links that go out in mails: after an invitation, and after forgetting. A link works once.</summary>
/// <remarks>Scoped: it shares its database context with <see cref="UserManager{TUser}"/>, so that what it adds is saved with the user.</remarks>
public sealed class Passwords(UserManager<PortalUser> users, PortalDb db, PasswordMail mails, BusinessClock clock)
{
    /// <summary>The purpose of an invitation's token, and the name of its provider.</summary>
    public const string InvitationTokens = "Invitation";

    /// <summary>How long an invitation can be accepted.</summary>
    public static readonly TimeSpan InvitationTime = TimeSpan.FromDays(7);

    private const string LinkTooOld = "This link does not work any more: it was used, or it is too old. Ask for a new one.";

    /// <summary>Mails a link to whoever signs in with this address; does nothing, and tells nobody, where nobody does.</summary>
    /// <remarks>At most one mail in five minutes, so that nobody's mailbox can be filled.</remarks>
    public async Task SendLink(string email, CancellationToken cancellation)
    {
        if (await users.FindByEmailAsync(email.Trim()) is not { } user)
        {
            return;
        }

        var locale = await db.Memberships.Where(member => member.UserId == user.Id).OrderBy(member => member.InvitedAt)
            .Select(member => member.Customer.Locale).FirstOrDefaultAsync(cancellation);
        var mail = mails.Forgotten(user, locale, await users.GeneratePasswordResetTokenAsync(user), clock.GetUtcNow());
        if (await db.Outbox.AnyAsync(sent => sent.MessageId == mail.MessageId, cancellation))
        {
            return;
        }

        db.Outbox.Add(mail);
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException twice) when (twice.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            // The form was sent twice at the same moment: the other one mails.
        }
    }

    /// <summary>Asks a signed-in person for its password again, before something that costs money. Wrong ones count like those of a sign-in.</summary>
    /// <exception cref="InvalidInputException">Where it is wrong, or too many wrong ones were given.</exception>
    public async Task MustBe(string email, string? password)
    {
        // Whoever came by a link of the operator's, or signs in without a password, has none to be asked for.
        if (await users.FindByEmailAsync(email) is not { PasswordHash: not null } user)
        {
            return;
        }

        if (await users.IsLockedOutAsync(user))
        {
            throw InvalidInputException.At("", "Too many wrong passwords were given. Wait five minutes, then try again.");
        }

        if (string.IsNullOrEmpty(password) || !await users.CheckPasswordAsync(user, password))
        {
            await users.AccessFailedAsync(user);
            throw InvalidInputException.At("", "This is not your password. Nothing was changed.");
        }

        await users.ResetAccessFailedCountAsync(user);
    }

    /// <summary>The mail that invites a person who has no password yet; whoever writes the membership saves it with it.</summary>
    public async Task<OutboxMail> Invitation(PortalUser user, Customer customer) =>
        mails.Invitation(user, customer, await users.GenerateUserTokenAsync(user, InvitationTokens, InvitationTokens), clock.GetUtcNow());

    /// <summary>Sets a password by a link.</summary>
    /// <returns>What is wrong, as sentences; none where it is set.</returns>
    public async Task<IReadOnlyList<string>> Set(PasswordLink link, string password)
    {
        ArgumentNullException.ThrowIfNull(link);
        if (!Guid.TryParse(link.User, out var id) || link.Token is null || await users.FindByIdAsync(id.ToString()) is not { Email: { } email } user)
        {
            return [LinkTooOld];
        }

        if (link.IsInvitation && !await users.VerifyUserTokenAsync(user, InvitationTokens, InvitationTokens, link.Token))
        {
            return [LinkTooOld];
        }

        // Whoever reads the address's mail is its owner, and is not locked out by somebody else's guesses.
        user.EmailConfirmed = true;
        user.LockoutEnd = null;
        user.AccessFailedCount = 0;
        db.AuditEntries.Add(new AuditEntry { At = clock.GetUtcNow(), Actor = email, Action = "password.set", Subject = email });
        var token = link.IsInvitation ? await users.GeneratePasswordResetTokenAsync(user) : link.Token;
        var result = await users.ResetPasswordAsync(user, token, password);
        return [.. result.Errors.Select(error => error.Code == nameof(IdentityErrorDescriber.InvalidToken) ? LinkTooOld : error.Description)];
    }
}

/// <summary>What a link in a mail carries.</summary>
/// <param name="IsInvitation">An invitation; else the password was forgotten.</param>
/// <param name="User">The person's number.</param>
/// <param name="Token">The proof that the link came from our mail.</param>
public sealed record PasswordLink(bool IsInvitation, string? User, string? Token);
