using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;
using Quartz;

namespace Portal.Api.Jobs;

/// <summary>Runs a job of the schedule and keeps what it did, or that it failed, for the jobs page.</summary>
/// <remarks>A run that found nothing to do leaves no row.</remarks>
[DisallowConcurrentExecution]
public sealed class ScheduledRun(IServiceProvider services, IDbContextFactory<PortalDb> databases, TimeProvider machine, ILogger<ScheduledRun> log) : IJob
{
    private const int ErrorMax = 4_000;

    /// <inheritdoc />
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var name = context.JobDetail.Key.Name;
        if (Schedule.All.FirstOrDefault(job => job.Name == name) is not { } job)
        {
            // A version that knew this job has scheduled it; this one does not.
            await context.Scheduler.DeleteJob(context.JobDetail.Key, cancellationToken);
            return;
        }

        var startedAt = machine.GetUtcNow();
        try
        {
            var outcome = await job.Run(services, cancellationToken);
            if (outcome.Done > 0 || outcome.Failures.Count > 0)
            {
                await Keep(name, startedAt, outcome.Done, outcome.Failures.Count == 0 ? null : string.Join('\n', outcome.Failures), cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host is stopping. What was begun is rolled back, and due again.
        }
        catch (Exception exception)
        {
            log.LogError(exception, "The job {Job} failed; it is tried again in {Every}", name, job.Every);
            if (!DatabaseAway.Is(exception))
            {
                await Keep(name, startedAt, 0, exception.Message, CancellationToken.None);
            }
        }
    }

    private async Task Keep(string name, DateTimeOffset startedAt, int done, string? error, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        db.JobRuns.Add(new JobRun
        {
            Job = name,
            StartedAt = startedAt,
            EndedAt = machine.GetUtcNow(),
            Done = done,
            Error = error?[..Math.Min(error.Length, ErrorMax)],
            Node = Environment.MachineName,
        });
        await db.SaveChangesAsync(cancellation);
    }
}
