using Microsoft.Extensions.DependencyInjection;

namespace Portal.Domain.Demo;

/// <summary>Registers the demo's parts; they do nothing until the host asks for them.</summary>
public static class DemoRegistration
{
    /// <summary>Adds the capability.</summary>
    public static IServiceCollection AddDemo(this IServiceCollection services) =>
        services.AddSingleton<DemoSender>().AddSingleton<DemoSeed>();
}
