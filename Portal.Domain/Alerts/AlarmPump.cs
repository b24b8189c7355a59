using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Portal.Domain.Storage;

namespace Portal.Domain.Alerts;

/// <summary>Writes the alarms that had to wait for the database.</summary>
public sealed class AlarmPump(AlarmWriter alarms, TimeProvider machine, ILogger<AlarmPump> log) : BackgroundService
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_look, machine);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await WriteIfThere(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await WriteIfThere(CancellationToken.None);
        }
    }

    private async Task WriteIfThere(CancellationToken cancellation)
    {
        try
        {
            if (alarms.HasWaiting)
            {
                await alarms.Write(cancellation);
            }
        }
        catch (Exception failure) when (DatabaseAway.Is(failure))
        {
            // They go on waiting: whoever raised them has logged them.
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            log.LogError(failure, "Alarms could not be written; they are tried again.");
        }
    }
}
