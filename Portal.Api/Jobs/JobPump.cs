using Portal.Api.Hosting;
using Portal.Domain.Storage;
using Quartz;

namespace Portal.Api.Jobs;

/// <summary>Starts the scheduler once the host is ready, which a host that found its database away is later, and ends it in order.</summary>
public sealed class JobPump(ISchedulerFactory schedulers, StartUp start, TimeProvider machine, ILogger<JobPump> log) : IHostedService, IDisposable
{
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private Task<IScheduler?> _starting = Task.FromResult<IScheduler?>(null);

    /// <inheritdoc />
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _starting = StartWhenReady();
        if (start.IsReady)
        {
            await _starting;
        }
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        if (await _starting is { } scheduler)
        {
            // A job that is under way ends its transaction before the database goes away.
            await scheduler.Shutdown(waitForJobsToComplete: true, cancellationToken);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _stopping.Dispose();

    private async Task<IScheduler?> StartWhenReady()
    {
        try
        {
            await start.Ready.WaitAsync(_stopping.Token);
            return await Start(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<IScheduler> Start(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                var scheduler = await schedulers.GetScheduler(cancellation);
                await scheduler.Start(cancellation);
                return scheduler;
            }
            catch (Exception failure) when (DatabaseAway.Is(failure) || DatabaseAway.Is(failure.InnerException))
            {
                log.LogWarning("Jobs start when the database is back: {Reason}", failure.Message);
                await Task.Delay(s_retryAfter, machine, cancellation);
            }
        }
    }
}
