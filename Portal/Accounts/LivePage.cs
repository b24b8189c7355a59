using Portal.Domain.Limits;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Accounts;

/// <summary>A page about the customer whose team the person is in, whose figures move by themselves.</summary>
/// <typeparam name="TView">What the page shows.</typeparam>
public abstract class LivePage<TView> : LiveReadPage<TView>
    where TView : class
{
    /// <summary>Reads what the page shows, as this caller.</summary>
    /// <exception cref="Refusal">Where the caller may not see it, or it is not there: the page says so.</exception>
    protected abstract Task<TView> Read(CustomerCaller caller, CancellationToken cancellation);

    /// <summary>The number of the customer that a view is about.</summary>
    protected abstract int CustomerIdOf(TView view);

    /// <inheritdoc />
    protected sealed override async Task<TView> ReadView() => await Read(await Caller.AsMember(Leaving), Leaving);

    /// <inheritdoc />
    protected sealed override IDisposable? Subscribe(UsageFeed feed, Action news)
    {
        ArgumentNullException.ThrowIfNull(feed);
        return View is { } view ? feed.Subscribe(CustomerIdOf(view), _ => news()) : null;
    }
}
