using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Portal.Domain.Storage;

namespace Portal.Domain.Alerts;

/// <summary>Keeps the outbox empty: looks when it is told of a new mail, and every second for what others wrote or what is due again.</summary>
public sealed class OutboxPump(OutboxRun outbox, OutboxBell bell, ILogger<OutboxPump> log) : BackgroundService
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isAway = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await outbox.Run(stoppingToken);
                isAway = false;
                await bell.Wait(s_look, stoppingToken);
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
                    log.LogWarning("Mail waits in the outbox until the database is back: {Reason}", failure.Message);
                }

                isAway = true;
            }
            catch (Exception failure)
            {
                log.LogError(failure, "The outbox could not be read; it is tried again.");
            }

            await Task.Delay(s_look, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
