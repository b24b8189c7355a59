using Npgsql;
using Portal.Domain.Storage;
using Quartz;

namespace Portal.Api.Jobs;

/// <summary>Registers the scheduler: Quartz with its store in PostgreSQL, clustered, so that any number of nodes run each job once.</summary>
public static class JobRegistration
{
    /// <summary>Adds the jobs; where this host runs none, only what the jobs page reads.</summary>
    public static IServiceCollection AddJobs(this IServiceCollection services, PortalOptions options)
    {
        services.AddSingleton<JobReader>();
        if (!options.Jobs)
        {
            return services;
        }

        services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler => scheduler.InstanceName = "portal");
            quartz.UseDefaultThreadPool(maxConcurrency: Schedule.All.Count);
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(source => source.DataSourceFactory = provider => provider.GetRequiredService<NpgsqlDataSource>());
                store.UseClustering();
                store.ProvisionSchema();
            });
            foreach (var job in Schedule.All)
            {
                quartz.ScheduleJob<ScheduledRun>(
                    trigger => trigger.WithIdentity(job.Name).StartNow().WithSimpleSchedule(job.Every, null),
                    detail => detail.WithIdentity(job.Name).WithDescription(job.Summary));
            }
        });

        services.AddHostedService<JobPump>();
        return services;
    }
}
