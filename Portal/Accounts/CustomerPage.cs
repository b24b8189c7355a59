using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Accounts;

/// <summary>A page about the customer whose team the person is in.</summary>
/// <typeparam name="TView">What the page shows, read in one go.</typeparam>
public abstract class CustomerPage<TView> : ReadPage<TView>
    where TView : class
{
    /// <summary>Reads what the page shows, as this caller.</summary>
    /// <exception cref="Refusal">Where the caller may not see it, or it is not there: the page says so.</exception>
    protected abstract Task<TView> Read(CustomerCaller caller, CancellationToken cancellation);

    /// <inheritdoc />
    protected sealed override async Task<TView> ReadView() => await Read(await Caller.AsMember(Leaving), Leaving);
}
