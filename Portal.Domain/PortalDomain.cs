using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Credits;
using Portal.Domain.Demo;
using Portal.Domain.Invoicing;
using Portal.Domain.Ledger;
using Portal.Domain.Limits;
using Portal.Domain.Metering;
using Portal.Domain.Payments;
using Portal.Domain.Reporting;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain;

/// <summary>Registers the domain: one line for each capability, whose own registration lies beside it.</summary>
public static class PortalDomain
{
    /// <summary>Adds everything that both hosts need.</summary>
    public static IServiceCollection AddPortalDomain(this IServiceCollection services, string connectionString)
    {
        services.AddStorage(connectionString);
        services.AddAccounts();
        services.AddCatalog();
        services.AddMetering();
        services.AddLedger();
        services.AddCredits();
        services.AddInvoicing();
        services.AddPayments();
        services.AddLimits();
        services.AddAlerts();
        services.AddDemo();
        services.AddReporting();
        return services;
    }

    private static void AddStorage(this IServiceCollection services, string connectionString)
    {
        services.AddSingleton(_ => new NpgsqlDataSourceBuilder(connectionString).Build());
        services.AddDbContextFactory<PortalDb>((provider, options) => options
            .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>())
            .AddInterceptors(new AwayGuard(provider.GetRequiredService<DatabaseState>())));
        services.AddSingleton<DatabaseState>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<DatabaseProbe>(provider, connectionString));
        services.AddHostedService(provider => provider.GetRequiredService<DatabaseProbe>());
        services.AddSingleton(provider => new BusinessClock(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<Register>();
        services.AddSingleton<RegisterSnapshot>();
        services.AddHostedService(provider => provider.GetRequiredService<RegisterSnapshot>());
        services.AddSingleton<PortalLinks>();
        services.AddSingleton<ClockStore>();
        services.AddSingleton<IdempotencyStore>();
        services.AddSingleton<ClockWalk>();
        services.AddSingleton<RecordPruneRun>();
        services.AddSingleton<Bootstrap>();
        services.AddHostedService<RegisterListener>();

        // One name for both hosts, so that they read each other's cookies and tokens.
        services.AddDataProtection().SetApplicationName("Portal");
        services.AddSingleton<DataProtectionStore>();
        services.AddOptions<KeyManagementOptions>()
            .Configure<DataProtectionStore>((options, store) => options.XmlRepository = store);
    }
}
