using Microsoft.Extensions.DependencyInjection;

namespace Portal.Domain.Alerts;

/// <summary>Registers what alerts customers, and what sends mail.</summary>
public static class AlertsRegistration
{
    /// <summary>Adds the capability.</summary>
    public static IServiceCollection AddAlerts(this IServiceCollection services) => services
        .AddSingleton<OutboxBell>()
        .AddSingleton<LimitAlerts>();
}
