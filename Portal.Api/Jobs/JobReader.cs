using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using Quartz;

namespace Portal.Api.Jobs;

/// <summary>What the jobs page shows: every job, when it runs next, what its last runs did, and those that failed.</summary>
public sealed class JobReader(IDbContextFactory<PortalDb> databases, BusinessClock clock, IEnumerable<ISchedulerFactory> schedulers)
{
    private const int RunsPerJob = 20;

    /// <summary>Every job of the schedule, with its latest runs.</summary>
    /// <exception cref="Refusal">Forbidden.</exception>
    public async Task<IReadOnlyList<JobState>> List(Actor actor, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadOperations);
        var scheduler = await Scheduler(cancellation);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var states = new List<JobState>();
        foreach (var job in Schedule.All)
        {
            var runs = await db.JobRuns.AsNoTracking().Where(run => run.Job == job.Name)
                .OrderByDescending(run => run.StartedAt).Take(RunsPerJob).ToListAsync(cancellation);
            var trigger = scheduler is null ? null : await scheduler.GetTrigger(new TriggerKey(job.Name), cancellation);
            states.Add(new JobState(job, trigger?.PreviousFireTimeUtc, trigger?.NextFireTimeUtc, runs));
        }

        return states;
    }

    /// <summary>Has a job run now, on one of the nodes. It does what is due, so running it once more does no harm.</summary>
    /// <exception cref="Refusal">Forbidden; NotFound where there is no such job; Unavailable where this host runs no jobs.</exception>
    public async Task RunNow(Actor actor, string name, CancellationToken cancellation)
    {
        actor.Require(Permission.ManageOperations);
        if (Schedule.All.All(job => job.Name != name))
        {
            throw Refusal.NotFound("job", name);
        }

        var scheduler = await Scheduler(cancellation)
            ?? throw new Refusal(RefusalKind.Unavailable, "no_scheduler", "This host runs no jobs: Portal:Jobs is false here. Ask a host that runs them.");
        await using var db = await databases.CreateDbContextAsync(cancellation);
        db.AuditEntries.Add(AuditEntry.Of(actor, clock.GetUtcNow(), null, "job.run", name));
        await db.SaveChangesAsync(cancellation);
        await scheduler.TriggerJob(new JobKey(name), cancellationToken: cancellation);
    }

    private async Task<IScheduler?> Scheduler(CancellationToken cancellation) =>
        schedulers.FirstOrDefault() is { } factory ? await factory.GetScheduler(cancellation) : null;
}

/// <summary>A job as the jobs page shows it.</summary>
/// <param name="Job">The job.</param>
/// <param name="LastAt">When it ran last, on the machine's clock; null for never, or where this host runs no jobs.</param>
/// <param name="NextAt">When it runs next, on the machine's clock; null where this host runs no jobs.</param>
/// <param name="Runs">Its latest runs that did something or failed, the newest first.</param>
public sealed record JobState(ScheduledJob Job, DateTimeOffset? LastAt, DateTimeOffset? NextAt, IReadOnlyList<JobRun> Runs);
