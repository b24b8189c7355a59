using Microsoft.AspNetCore.Components;
using Portal.Domain.Limits;

namespace Portal.Shared;

/// <summary>A page whose figures move by themselves: at once, then at most every 400 ms, until the person pauses them.</summary>
/// <typeparam name="TView">What the page shows.</typeparam>
public abstract class LiveReadPage<TView> : ReadPage<TView>
    where TView : class
{
    /// <summary>The least time between two changes on the screen.</summary>
    public static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(400);

    // What no signal tells of: a period that ends, a role that is taken away, a database that comes back.
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(10);

    private IDisposable? _subscription;
    private Pace? _pace;
    private ITimer? _looks;

    /// <summary>Whether the person has stopped the figures.</summary>
    protected bool IsPaused { get; private set; }

    [Inject]
    private UsageFeed Feed { get; set; } = null!;

    [Inject]
    private TimeProvider Machine { get; set; } = null!;

    /// <summary>Has <paramref name="news"/> called whenever what the page shows may have changed; null while that is not known yet.</summary>
    protected abstract IDisposable? Subscribe(UsageFeed feed, Action news);

    /// <summary>Stops the figures, or lets them go on with the newest.</summary>
    protected async Task SetPaused(bool paused)
    {
        IsPaused = paused;
        if (!paused)
        {
            await Retry();
        }
    }

    /// <inheritdoc />
    protected override void OnAfterRender(bool firstRender)
    {
        // Runs in a circuit only: a prerendered page has nobody to move figures for.
        _pace ??= new Pace(Gap, Machine, () => InvokeAsync(Follow), Leaving);
        _looks ??= Machine.CreateTimer(_ => _pace.Signal(), null, s_look, s_look);
        if (_subscription is null && (_subscription = Subscribe(Feed, _pace.Signal)) is not null)
        {
            // What changed between the reading and now would not be told again.
            _pace.Signal();
        }
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _looks?.Dispose();
            _subscription?.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task Follow()
    {
        if (IsPaused || Leaving.IsCancellationRequested)
        {
            return;
        }

        try
        {
            await Retry();
            StateHasChanged();
        }
        catch (Exception failure)
        {
            // It came outside of any event of the page: without this the circuit would go on as if nothing had happened.
            await DispatchExceptionAsync(failure);
        }
    }
}
