using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Portal.Domain.Storage;

namespace Portal.Domain.Alerts;

/// <summary>Keeps a queue in the database empty: works, waits, and goes on when the database was away.</summary>
/// <param name="what">What waits meanwhile, for the log, as the beginning of a sentence.</param>
/// <param name="log">Where it says so.</param>
public abstract class Pump(string what, ILogger log) : BackgroundService
{
    /// <summary>How long it waits between two looks where nobody calls it.</summary>
    protected static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>Works off what is due.</summary>
    protected abstract Task Work(CancellationToken cancellation);

    /// <summary>Waits for the next look.</summary>
    protected abstract Task Wait(CancellationToken cancellation);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isAway = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Work(stoppingToken);
                isAway = false;
                await Wait(stoppingToken);
                continue;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (DatabaseAway.Is(failure))
            {
                if (!isAway)
                {
                    log.LogWarning("{What} waits until the database is back: {Reason}", what, failure.Message);
                }

                isAway = true;
            }
            catch (Exception failure)
            {
                log.LogError(failure, "{What} could not be worked off; it is tried again.", what);
            }

            await Task.Delay(Look, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
