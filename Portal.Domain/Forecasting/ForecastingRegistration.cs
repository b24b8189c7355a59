using Microsoft.Extensions.DependencyInjection;

namespace Portal.Domain.Forecasting;

/// <summary>Registers what looks ahead.</summary>
public static class ForecastingRegistration
{
    /// <summary>Adds the capability.</summary>
    public static IServiceCollection AddForecasting(this IServiceCollection services) => services.AddSingleton<UsageHistory>();
}
