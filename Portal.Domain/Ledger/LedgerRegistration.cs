using Microsoft.Extensions.DependencyInjection;

namespace Portal.Domain.Ledger;

/// <summary>Registers the books.</summary>
public static class LedgerRegistration
{
    /// <summary>Adds the capability.</summary>
    public static IServiceCollection AddLedger(this IServiceCollection services) => services
        .AddSingleton<LedgerProof>()
        .AddSingleton<LedgerReader>()
        .AddSingleton<LedgerRun>();
}
