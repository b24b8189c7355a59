using Microsoft.Extensions.DependencyInjection;
using Portal.Domain.Storage;

namespace Portal.Domain.Limits;

/// <summary>Registers what limits usage and follows it.</summary>
public static class LimitsRegistration
{
    /// <summary>Adds the capability.</summary>
    public static IServiceCollection AddLimits(this IServiceCollection services) => services
        .AddSingleton<LimitWriter>()
        .AddSingleton<UsageLimitWriter>()
        .AddSingleton<PauseWriter>()
        .AddSingleton<ReservationWriter>()
        .AddSingleton<ReservationReader>()
        .AddSingleton<ReservationRun>()
        .AddSingleton<ActivityReader>()
        .AddSingleton<SpikeWatch>()
        .AddSingleton<SpikeWriter>()
        .AddSingleton<SpikeReader>()
        .AddSingleton<KnownSpends>()
        .AddSingleton<AccessBook>()
        .AddHostedService<WaitingReview>()
        .AddSingleton<UsageFeed>()
        .AddSingleton<UsageVersions>()
        .AddSingleton<SpendMeter>()
        .AddHostedService(provider => provider.GetRequiredService<SpendMeter>())
        .AddSingleton<IClockFollower>(provider => provider.GetRequiredService<SpendMeter>());
}
