using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Portal.Api.Hosting;

/// <summary>Starts what works in the background once the demo has lived through its past. Until then nothing else may work on the same things, and requests wait.</summary>
/// <remarks>A host without a past to live through has all of it started before it listens, as any host has.</remarks>
public sealed class HeldServices(StartUp start, IHostApplicationLifetime host, Func<IReadOnlyList<IHostedService>> services) : BackgroundService
{
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<IHostedService> _started = [];

    /// <summary>Complete once everything has started, so that requests can be served.</summary>
    public Task Open => _open.Task;

    /// <summary>Holds all services that are registered so far.</summary>
    public static void Hold(IServiceCollection services)
    {
        var held = services.Where(service => service.ServiceType == typeof(IHostedService)).ToList();
        services.RemoveAll<IHostedService>();
        services.AddSingleton(provider => new HeldServices(
            provider.GetRequiredService<StartUp>(), provider.GetRequiredService<IHostApplicationLifetime>(), () => [.. held.Select(service => Made(service, provider))]));
        services.AddHostedService(provider => provider.GetRequiredService<HeldServices>());
    }

    /// <inheritdoc />
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (start.Past.IsCompletedSuccessfully)
        {
            await StartAll(cancellationToken);
        }

        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc />
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);

        // A history that is under way ends its transaction before the database goes away.
        await start.Past.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var service in Enumerable.Reverse(_started))
        {
            await service.StopAsync(cancellationToken);
        }
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await start.Past.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!start.Past.IsCompletedSuccessfully)
        {
            host.StopApplication();
            return;
        }

        if (!Open.IsCompleted)
        {
            await StartAll(stoppingToken);
        }

        // One that fails ends the host, as it would if the host had started it.
        var running = _started.OfType<BackgroundService>().Select(service => service.ExecuteTask).OfType<Task>().ToList();
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny(running).WaitAsync(stoppingToken);
            running.Remove(ended);
            await ended;
        }
    }

    private static IHostedService Made(ServiceDescriptor service, IServiceProvider provider) =>
        (IHostedService)(service.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, service.ImplementationType!));

    private async Task StartAll(CancellationToken cancellation)
    {
        foreach (var service in services())
        {
            await service.StartAsync(cancellation);
            _started.Add(service);
        }

        _open.SetResult();
    }
}
