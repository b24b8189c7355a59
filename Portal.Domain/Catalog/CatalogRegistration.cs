using Microsoft.Extensions.DependencyInjection;

namespace Portal.Domain.Catalog;

/// <summary>Registers what is counted, what it costs, and who is on which price list.</summary>
public static class CatalogRegistration
{
    /// <summary>Adds the capability.</summary>
    public static IServiceCollection AddCatalog(this IServiceCollection services) => services
        .AddSingleton<CatalogReader>()
        .AddSingleton<MeterWriter>()
        .AddSingleton<RateCardWriter>()
        .AddSingleton<SubscriptionReader>()
        .AddSingleton<SubscriptionWriter>()
        .AddSingleton<CancellationWriter>();
}
