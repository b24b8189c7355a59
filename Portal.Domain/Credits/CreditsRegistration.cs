using Microsoft.Extensions.DependencyInjection;
using Portal.Domain.Limits;
using Portal.Domain.Storage;

namespace Portal.Domain.Credits;

/// <summary>Registers credits.</summary>
public static class CreditsRegistration
{
    /// <summary>Adds the capability.</summary>
    public static IServiceCollection AddCredits(this IServiceCollection services) => services
        .AddSingleton<CreditWriter>()
        .AddSingleton<CreditReader>()
        .AddSingleton<CreditBalanceReader>()
        .AddSingleton<CreditPurchase>()
        .AddSingleton<TopupWriter>()
        .AddSingleton<AutoTopupWriter>()
        .AddSingleton<CreditWatch>()
        .AddSingleton<ISpendFollower>(provider => provider.GetRequiredService<CreditWatch>())
        .AddSingleton<CreditExpiryRun>()
        .AddSingleton<IClockWork>(provider => provider.GetRequiredService<CreditExpiryRun>());
}
