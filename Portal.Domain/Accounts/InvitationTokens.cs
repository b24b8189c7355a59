using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Logging;

namespace Portal.Domain.Accounts;

/// <summary>Makes and checks the tokens of invitations, which live longer than those of a forgotten password. Setting a password spends them.</summary>
public sealed class InvitationTokens(IDataProtectionProvider protection, ILogger<DataProtectorTokenProvider<PortalUser>> log)
    : DataProtectorTokenProvider<PortalUser>(protection, Microsoft.Extensions.Options.Options.Create(new DataProtectionTokenProviderOptions
    {
        Name = Passwords.InvitationTokens,
        TokenLifespan = Passwords.InvitationTime,
    }), log);
