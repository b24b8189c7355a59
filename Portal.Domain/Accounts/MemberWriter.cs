using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Accounts;

/// <summary>Invites people into a customer's team, changes their roles and takes them out.</summary>
public sealed class MemberWriter(IServiceScopeFactory scopes, Register register, BusinessClock clock, PortalOptions options)
{
    /// <summary>Invites a person by mail, or, in the sandbox with a password, lets it sign in at once without a mail.</summary>
    /// <exception cref="InvalidInputException">Where the address is none, or a password may not be given here.</exception>
    /// <exception cref="Refusal">Conflict where the person is in the team already.</exception>
    public async Task<Membership> Invite(Actor actor, string customerKey, string email, MemberRole role, string? password, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageTeam, customerKey).Customer;
        Check(email, password);

        // A scope of its own: Identity's managers keep what they have read, and this writer lives as long as the host.
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PortalDb>();
        var user = await Find(scope.ServiceProvider, email, cancellation);
        if (user is not null && await db.Memberships.AnyAsync(member => member.CustomerId == customer.Id && member.UserId == user.Id, cancellation))
        {
            throw Refusal.Conflict("already_member", $"'{email}' is in this team already. Change the role instead.");
        }

        if (password is not null && user?.PasswordHash is not null)
        {
            throw InvalidInputException.At("password", "This person signs in already, with a password of its own: leave the password out.");
        }

        user ??= New(scope.ServiceProvider, email);
        if (password is not null)
        {
            user.PasswordHash = new PasswordHasher<PortalUser>().HashPassword(user, password);
            user.EmailConfirmed = true;
        }

        var now = clock.GetUtcNow();
        var membership = new Membership { CustomerId = customer.Id, UserId = user.Id, Role = role, InvitedAt = now };
        db.Memberships.Add(membership);
        if (password is null)
        {
            db.Outbox.Add(user.PasswordHash is null
                ? await scope.ServiceProvider.GetRequiredService<Passwords>().Invitation(user, customer)
                : scope.ServiceProvider.GetRequiredService<PasswordMail>().Added(user, customer, now));
        }

        db.AuditEntries.Add(AuditEntry.Of(actor, now, customer.Id, "member.invited", email, $"As {role}"));
        await db.SaveChangesAsync(cancellation);
        return membership;
    }

    /// <summary>Changes what a member may do; it holds from the person's next action on.</summary>
    /// <exception cref="Refusal">NotFound where the person is not in the team, Conflict for the last owner.</exception>
    public async Task<Membership> ChangeRole(Actor actor, string customerKey, Guid userId, MemberRole role, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageTeam, customerKey).Customer;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PortalDb>();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var member = await Lock(db, customer, userId, cancellation);
        if (member.Role != role)
        {
            await MustLeaveAnOwner(db, member, role, cancellation);
            db.AuditEntries.Add(AuditEntry.Of(actor, clock.GetUtcNow(), customer.Id, "member.role_changed", member.User.Email!, $"From {member.Role} to {role}"));
            member.Role = role;
            await db.SaveChangesAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
        return member;
    }

    /// <summary>Takes a person out of the team; it holds from the person's next action on. Also withdraws an invitation.</summary>
    /// <exception cref="Refusal">NotFound where the person is not in the team, Conflict for the last owner.</exception>
    public async Task Remove(Actor actor, string customerKey, Guid userId, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageTeam, customerKey).Customer;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PortalDb>();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var member = await Lock(db, customer, userId, cancellation);
        await MustLeaveAnOwner(db, member, null, cancellation);
        db.AuditEntries.Add(AuditEntry.Of(actor, clock.GetUtcNow(), customer.Id, "member.removed", member.User.Email!, $"Was {member.Role}"));
        db.Memberships.Remove(member);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private void Check(string email, string? password)
    {
        var errors = new FieldErrors();
        PlainText.CheckEmail(email, "email", errors);
        if (password is not null && options.Sandbox is not true)
        {
            errors.Add("password", "A password may be given in the sandbox only: leave it out, and the person chooses one by a link in a mail.");
        }
        else if (password?.Length < PortalUser.PasswordLengthMin)
        {
            errors.Add("password", $"A password has at least {PortalUser.PasswordLengthMin} characters.");
        }

        errors.ThrowIfAny();
    }

    private static async Task<PortalUser?> Find(IServiceProvider services, string email, CancellationToken cancellation)
    {
        var normalized = services.GetRequiredService<UserManager<PortalUser>>().NormalizeEmail(email);
        return await services.GetRequiredService<PortalDb>().Users.SingleOrDefaultAsync(user => user.NormalizedEmail == normalized, cancellation);
    }

    private static PortalUser New(IServiceProvider services, string email)
    {
        var users = services.GetRequiredService<UserManager<PortalUser>>();
        var user = new PortalUser
        {
            // Random, unlike the database's own numbers: it stands in links.
            Id = Guid.NewGuid(),
            UserName = email,
            NormalizedUserName = users.NormalizeName(email),
            Email = email,
            NormalizedEmail = users.NormalizeEmail(email),
            LockoutEnabled = true,
            SecurityStamp = Guid.NewGuid().ToString("N"),
        };
        services.GetRequiredService<PortalDb>().Users.Add(user);
        return user;
    }

    // Whoever changes a team waits for whoever else does: two owners who take each other out must not both succeed.
    private static async Task<Membership> Lock(PortalDb db, Customer customer, Guid userId, CancellationToken cancellation)
    {
        await db.Database.ExecuteSqlAsync($"SELECT 1 FROM memberships WHERE customer_id = {customer.Id} ORDER BY user_id FOR UPDATE", cancellation);
        return await db.Memberships.Include(member => member.User)
            .SingleOrDefaultAsync(member => member.CustomerId == customer.Id && member.UserId == userId, cancellation)
            ?? throw Refusal.NotFound("member", userId.ToString());
    }

    // An invitation that nobody has accepted is no owner yet: it may be withdrawn, and does not count as one who stays.
    private static async Task MustLeaveAnOwner(PortalDb db, Membership member, MemberRole? next, CancellationToken cancellation)
    {
        if (member.Role == MemberRole.Owner && next != MemberRole.Owner && member.User.PasswordHash is not null
            && !await db.Memberships.AnyAsync(
                other => other.CustomerId == member.CustomerId && other.UserId != member.UserId && other.Role == MemberRole.Owner && other.User.PasswordHash != null,
                cancellation))
        {
            throw Refusal.Conflict("last_owner", $"'{member.User.Email}' is the last owner of this team. Make somebody else an owner first.");
        }
    }
}
