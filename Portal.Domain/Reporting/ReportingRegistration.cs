using Microsoft.Extensions.DependencyInjection;

namespace Portal.Domain.Reporting;

/// <summary>Registers what looks over all customers.</summary>
public static class ReportingRegistration
{
    /// <summary>Adds the capability.</summary>
    public static IServiceCollection AddReporting(this IServiceCollection services) => services
        .AddSingleton<CustomerListReader>()
        .AddSingleton<HomeReader>();
}
