using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Demo;

/// <summary>Sends an event now and then for the demo's customers that may work, so that a stranger sees a bar move.</summary>
public sealed class DemoTrickle(DemoSender sender, Register register, BusinessClock clock, TimeProvider machine, ILogger<DemoTrickle> log) : BackgroundService
{
    // Thirty small requests a minute come to less than an hour's floor of the spike protection, which would else pause what it has never seen.
    private static readonly TimeSpan s_pace = TimeSpan.FromSeconds(2);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var random = new Random();
        using var timer = new PeriodicTimer(s_pace, machine);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // Most of it for the healthy one: the one near its cap should stay near it for the length of a demonstration.
            var demo = random.Next(20) == 0 ? DemoCustomers.NearCap : DemoCustomers.Healthy;
            if (!register.Now.ByKey.ContainsKey(demo.Key))
            {
                continue;
            }

            try
            {
                await sender.Send([DemoTraffic.Small(demo.Pattern, $"live-{Guid.CreateVersion7():N}", clock.GetUtcNow(), random)], stoppingToken);
            }
            catch (InvalidOperationException exception)
            {
                log.LogWarning("The demo's trickle pauses: {Reason}", exception.Message);
            }
        }
    }
}
