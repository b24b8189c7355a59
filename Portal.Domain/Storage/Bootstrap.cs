using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Values;

namespace Portal.Domain.Storage;

/// <summary>Creates the first administrator and the first API key where they are set and do not exist yet. An existing one is left as it is.</summary>
public sealed class Bootstrap(IDbContextFactory<PortalDb> databases, BusinessClock clock)
{
    /// <summary>Creates what is missing.</summary>
    /// <exception cref="StartException">Where a value cannot be used, with what to change.</exception>
    public async Task Run(BootstrapOptions options, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        if (options.AdminEmail.Length > 0 && options.AdminPassword.Length > 0)
        {
            await AddAdmin(db, options.AdminEmail, options.AdminPassword, cancellation);
        }

        if (options.ApiKey.Length > 0)
        {
            await AddKey(db, options.ApiKey, cancellation);
        }

        await db.SaveChangesAsync(cancellation);
    }

    private static async Task AddAdmin(PortalDb db, string email, string password, CancellationToken cancellation)
    {
        var normalized = email.ToUpperInvariant();
        if (await db.Users.AnyAsync(user => user.NormalizedEmail == normalized, cancellation))
        {
            return;
        }

        if (password.Length < 8)
        {
            throw new StartException("Portal:Bootstrap:AdminPassword is shorter than 8 characters. Choose a longer one.");
        }

        var admin = new PortalUser
        {
            UserName = email,
            NormalizedUserName = normalized,
            Email = email,
            NormalizedEmail = normalized,
            EmailConfirmed = true,
            LockoutEnabled = true,
            SecurityStamp = Guid.NewGuid().ToString("N"),
            OperatorRole = OperatorRole.Admin,
        };
        admin.PasswordHash = new PasswordHasher<PortalUser>().HashPassword(admin, password);
        db.Users.Add(admin);
    }

    private async Task AddKey(PortalDb db, string secret, CancellationToken cancellation)
    {
        var hash = ApiKey.HashOf(secret);
        if (await db.ApiKeys.AnyAsync(key => key.Hash == hash, cancellation))
        {
            return;
        }

        db.ApiKeys.Add(new ApiKey
        {
            Name = "Bootstrap",
            Prefix = ApiKey.PrefixOf(secret),
            Hash = hash,
            Scopes = Scopes.Admin,
            CreatedAt = clock.GetUtcNow(),
            CreatedBy = Actor.System.Name,
        });
    }
}
