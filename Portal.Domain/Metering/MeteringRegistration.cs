using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Portal.Domain.Storage;
using Portal.Domain.Metering.Spooling;

namespace Portal.Domain.Metering;

/// <summary>Registers what takes events in and reads usage out.</summary>
public static class MeteringRegistration
{
    /// <summary>Adds the capability.</summary>
    public static IServiceCollection AddMetering(this IServiceCollection services)
    {
        services.AddSingleton<UsageGroups>();
        services.AddSingleton<UsageChanges>();
        services.AddSingleton<EventIntake>();
        services.AddSingleton<EventWriter>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<EventWriter>());
        services.AddSingleton<EventSpool>();
        services.AddSingleton<WaitingUsage>();
        services.AddSingleton<SpoolQuarantine>();
        services.AddSingleton<SpoolRestore>();
        services.AddSingleton<RefusedEventWriter>();
        services.AddSingleton<RefusedEventReader>();
        services.AddSingleton<SpoolReplay>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<SpoolReplay>());
        services.AddSingleton<UnknownNames>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<UnknownNames>());
        services.AddHostedService<OutageWatch>();
        services.AddSingleton<EventIngest>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<EventIngest>());
        services.AddHostedService<UsageListener>();
        services.AddSingleton<StoredEvents>();
        services.AddSingleton<UsageReader>();
        services.AddSingleton<UsageSpans>();
        services.AddSingleton<UsageHistory>();
        services.AddSingleton<EventReader>();
        services.AddSingleton<EventProof>();
        services.AddSingleton<BucketRebuild>();
        services.AddSingleton<VoidWriter>();
        services.AddSingleton<EventArchive>();
        services.AddSingleton<RecountWriter>();
        services.AddSingleton<RecountReader>();
        services.AddSingleton<RecountRun>();
        services.AddSingleton<UnknownEventReader>();
        services.AddSingleton<UnknownEventReplay>();
        services.AddSingleton<PartitionRun>();
        services.AddSingleton<IClockWork>(provider => provider.GetRequiredService<PartitionRun>());
        services.AddSingleton<BucketProofRun>();
        services.AddSingleton<KeyPruneRun>();
        services.AddSingleton<InboxPruneRun>();
        return services;
    }
}
