using Microsoft.Extensions.DependencyInjection;
using Portal.Domain.Storage;

namespace Portal.Domain.Credits;

/// <summary>Registers credits.</summary>
public static class CreditsRegistration
{
    /// <summary>Adds the capability.</summary>
    public static IServiceCollection AddCredits(this IServiceCollection services) => services
        .AddSingleton<CreditWriter>()
        .AddSingleton<CreditReader>()
        .AddSingleton<CreditExpiryRun>()
        .AddSingleton<IClockWork>(provider => provider.GetRequiredService<CreditExpiryRun>());
}
