using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Portal.Domain.Invoicing;

namespace Portal.Domain.Limits;

/// <summary>Tells this process's open pages what a customer's running period comes to, each time it was read anew.</summary>
public sealed class UsageFeed(ILogger<UsageFeed> log)
{
    private readonly ConcurrentDictionary<int, Listeners<Spend>> _byCustomer = new();
    private readonly Listeners<CustomerSpend> _all = new(log);

    /// <summary>Calls a listener with each new spend of one customer, until it is disposed. The listener must be quick.</summary>
    public IDisposable Subscribe(int customerId, Action<Spend> listener) =>
        _byCustomer.GetOrAdd(customerId, _ => new Listeners<Spend>(log)).Add(listener);

    /// <summary>Calls a listener with each new spend of every customer, until it is disposed: for the operator's pages. The listener must be quick.</summary>
    public IDisposable SubscribeToAll(Action<CustomerSpend> listener) => _all.Add(listener);

    /// <summary>Tells a customer's listeners, and those of all.</summary>
    public void Publish(int customerId, Spend spend)
    {
        if (_byCustomer.TryGetValue(customerId, out var listeners))
        {
            listeners.Tell(spend);
        }

        _all.Tell(new CustomerSpend(customerId, spend));
    }
}

/// <summary>A customer's running period.</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="Spend">What the period comes to.</param>
public sealed record CustomerSpend(int CustomerId, Spend Spend);
