using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Portal.Domain.Storage;

/// <summary>Stores at a pace, and once more when the host stops, what was gathered in memory, so that no request waits for it.</summary>
/// <remarks>What could not be stored goes on waiting for the next time: silently while the database is away, with a line in the log after any other fault.</remarks>
/// <param name="pace">The time between two writes.</param>
/// <param name="what">What is stored, as the log names it.</param>
/// <param name="machine">The machine's time.</param>
/// <param name="log">Where faults are told.</param>
public abstract class PeriodicWrite(TimeSpan pace, string what, TimeProvider machine, ILogger log) : BackgroundService
{
    /// <summary>The machine's time.</summary>
    protected TimeProvider Machine { get; } = machine;

    /// <summary>Stores what waits; nothing where nothing does. What it does not store has to wait on.</summary>
    public abstract Task Write(CancellationToken cancellation);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(pace, Machine);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await TryWrite(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await TryWrite(CancellationToken.None);
        }
    }

    private async Task TryWrite(CancellationToken cancellation)
    {
        try
        {
            await Write(cancellation);
        }
        catch (Exception failure) when (DatabaseAway.Is(failure))
        {
            // Whoever needs to know of it is told elsewhere.
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            log.LogError(failure, "{What} could not be written; they are tried again.", what);
        }
    }
}
