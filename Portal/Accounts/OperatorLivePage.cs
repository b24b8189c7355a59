using Portal.Domain.Accounts;
using Portal.Domain.Limits;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Accounts;

/// <summary>A page for the operator's people whose figures move by themselves.</summary>
/// <typeparam name="TView">What the page shows.</typeparam>
public abstract class OperatorLivePage<TView> : LiveReadPage<TView>
    where TView : class
{
    /// <summary>Reads what the page shows, as this caller.</summary>
    /// <exception cref="Refusal">Where the caller may not see it, or it is not there: the page says so.</exception>
    protected abstract Task<TView> Read(Actor actor, CancellationToken cancellation);

    /// <summary>The number of the only customer that the page is about; null where it is about all, or not known yet.</summary>
    protected virtual int? CustomerIdOf(TView view) => null;

    /// <inheritdoc />
    protected sealed override async Task<TView> ReadView() => await Read(await Caller.AsOperator(Leaving), Leaving);

    /// <inheritdoc />
    protected sealed override IDisposable? Subscribe(UsageFeed feed, Action news)
    {
        ArgumentNullException.ThrowIfNull(feed);
        return View is not { } view ? null
            : CustomerIdOf(view) is { } customerId ? feed.Subscribe(customerId, _ => news())
            : feed.SubscribeToAll(_ => news());
    }
}
