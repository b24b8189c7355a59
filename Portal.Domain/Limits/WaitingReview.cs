using Microsoft.Extensions.Hosting;
using Portal.Domain.Metering.Spooling;

namespace Portal.Domain.Limits;

/// <summary>Tells whoever keeps a copy of access answers when what waits on this host's disk changes them, at the pace at which customers are read from a database that is there.</summary>
public sealed class WaitingReview(WaitingUsage waiting, AccessBook access, TimeProvider machine) : BackgroundService
{
    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(SpendMeter.Pace, machine);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var customerId in waiting.TakeChanged())
            {
                access.Review(customerId);
            }
        }
    }
}
