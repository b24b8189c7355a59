using Microsoft.Extensions.DependencyInjection;

namespace Portal.Domain.Accounts;

/// <summary>Registers who asks, who buys and who changed what.</summary>
public static class AccountsRegistration
{
    /// <summary>Adds the capability.</summary>
    public static IServiceCollection AddAccounts(this IServiceCollection services) => services
        .AddSingleton<ActorReader>()
        .AddSingleton<ApiKeyReader>()
        .AddSingleton<ApiKeyUse>()
        .AddHostedService(provider => provider.GetRequiredService<ApiKeyUse>())
        .AddSingleton<ApiKeyWriter>()
        .AddSingleton<BillingDetailsWriter>()
        .AddSingleton<CompanyReader>()
        .AddSingleton<CompanyWriter>()
        .AddSingleton<AuditReader>()
        .AddSingleton<CustomerReader>()
        .AddSingleton<CustomerWriter>()
        .AddSingleton<MemberReader>()
        .AddSingleton<MemberWriter>()
        .AddSingleton<PortalSessionWriter>();
}
