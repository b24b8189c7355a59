using Microsoft.AspNetCore.Identity;
using Portal.Domain.Accounts;

namespace Portal.Accounts.SigningIn;

/// <summary>Signs a person in by e-mail address and password.</summary>
/// <remarks>An address that nobody has takes as long as a wrong password and gets the same answer, as does a locked one: the page tells nobody who is a customer.</remarks>
public sealed class SignIn(SignInManager<PortalUser> signIn, UserManager<PortalUser> users)
{
    /// <summary>Signs in and writes the cookie; false where address and password do not match, or the sign-in waits after too many tries.</summary>
    public async Task<bool> By(string email, string password)
    {
        var user = await users.FindByEmailAsync(email.Trim());
        if (user?.PasswordHash is null)
        {
            users.PasswordHasher.HashPassword(new PortalUser(), password);
            return false;
        }

        return (await signIn.PasswordSignInAsync(user, password, isPersistent: false, lockoutOnFailure: true)).Succeeded;
    }
}
