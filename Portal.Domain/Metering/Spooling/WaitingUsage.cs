using System.Runtime.InteropServices;
using Portal.Domain.Storage;

namespace Portal.Domain.Metering.Spooling;

/// <summary>Usage that waits on this host's disk: it was acknowledged, and the figures that are read from the database do not count it yet.</summary>
/// <remarks>
/// It is added up before the spool takes it, and taken off when figures that count it are taken in: the replay learns the usage version that the database gave to
/// each customer, and whoever reads figures says which version they are of. So nothing counts twice and nothing is missing in between. What an earlier process
/// left in the spool is not in here.
/// </remarks>
public sealed class WaitingUsage(Register register)
{
    private readonly Lock _access = new();
    private readonly Dictionary<int, Customer> _customers = [];
    private HashSet<int> _changed = [];
    private int _count;
    private int _underWay;
    private long _changes;

    /// <summary>Whether something of a customer waits. While nothing waits of anybody it costs nothing to ask.</summary>
    public bool Has(int customerId)
    {
        if (Volatile.Read(ref _count) == 0)
        {
            return false;
        }

        lock (_access)
        {
            return _customers.ContainsKey(customerId);
        }
    }

    /// <summary>Takes figures in which count a customer's usage up to a version. Where something of it is on its way into the database, that happens when it is known which version it got.</summary>
    /// <param name="customerId">The customer.</param>
    /// <param name="version">The usage version that the figures are of.</param>
    /// <param name="take">Takes the figures in: at the same moment as what they count stops waiting.</param>
    internal void Take(int customerId, long version, Action take)
    {
        lock (_access)
        {
            if (!_customers.TryGetValue(customerId, out var customer))
            {
                take();
            }
            else if (customer.Flights > 0)
            {
                customer.Deferred = (version, take);
            }
            else
            {
                Take(customerId, customer, version, take);
            }
        }
    }

    /// <summary>The customers of whom more or less waits than at the last call.</summary>
    public IReadOnlyCollection<int> TakeChanged()
    {
        lock (_access)
        {
            (var changed, _changed) = (_changed, []);
            return changed;
        }
    }

    /// <summary>What waits of a customer's billing period, and what is known at the same moment.</summary>
    /// <returns>The usage, and a number that is another one whenever it is another usage.</returns>
    internal (T Known, long Change, IReadOnlyList<WaitingTotal> Totals) Of<T>(int customerId, DateTimeOffset period, Func<T> known)
    {
        lock (_access)
        {
            return _customers.TryGetValue(customerId, out var customer) ? (known(), customer.Change, customer.Waiting.Of(period)) : (known(), 0, []);
        }
    }

    /// <summary>Adds a batch that is about to be taken; <see cref="Keep"/> or <see cref="Forget"/> follows.</summary>
    internal void Note(EventBatch batch)
    {
        lock (_access)
        {
            _underWay++;
            var customers = register.Now.ById;
            foreach (ref readonly var item in CollectionsMarshal.AsSpan(batch.Events))
            {
                if (item.Billable && customers.TryGetValue(item.CustomerId, out var entry))
                {
                    ref var customer = ref CollectionsMarshal.GetValueRefOrAddDefault(_customers, item.CustomerId, out _);
                    customer ??= new Customer();
                    customer.Waiting.Add(entry, batch, item);
                    customer.Change = ++_changes;
                    _changed.Add(item.CustomerId);
                }
            }

            Volatile.Write(ref _count, _customers.Count);
        }
    }

    /// <summary>Takes note that a batch is on the disk.</summary>
    internal void Keep()
    {
        lock (_access)
        {
            _underWay--;
        }
    }

    /// <summary>Takes a batch off that the disk did not take.</summary>
    internal void Forget(EventBatch batch)
    {
        lock (_access)
        {
            _underWay--;
            TakeOff(batch);
        }
    }

    /// <summary>Takes a batch off that was put aside: it is in no figure, and will not be.</summary>
    internal void Drop(EventBatch batch)
    {
        lock (_access)
        {
            TakeOff(batch);
        }
    }

    /// <summary>Takes note that batches are on their way into the database; <see cref="Land"/> or <see cref="Recall"/> follows.</summary>
    internal WaitingFlight Launch(IEnumerable<EventBatch> batches)
    {
        lock (_access)
        {
            var flight = new WaitingFlight([.. batches.Select(batch => (batch, TalliesOf(batch)))]);
            foreach (var customer in CustomersOf(flight))
            {
                customer.Value.Flights++;
            }

            return flight;
        }
    }

    /// <summary>Takes note that batches are not in the database.</summary>
    internal void Recall(WaitingFlight flight)
    {
        lock (_access)
        {
            End(flight);
        }
    }

    /// <summary>Takes note that batches are in the database, by the versions that they know. Each is taken off when figures that count it are taken in.</summary>
    /// <returns>The customers of whom nothing was new, so that nobody will read them because of it.</returns>
    internal IReadOnlyCollection<int> Land(WaitingFlight flight)
    {
        var unheard = new HashSet<int>();
        lock (_access)
        {
            foreach (var (batch, tallies) in flight.Batches)
            {
                foreach (var (customerId, tally) in tallies.Where(tally => _customers.ContainsKey(tally.Key)))
                {
                    // Without one it was stored before, and the next figures count it.
                    var version = batch.Versions?.GetValueOrDefault(customerId) ?? 0;
                    _customers[customerId].Landed.Add((version, tally));
                    if (version == 0)
                    {
                        unheard.Add(customerId);
                    }
                }
            }

            End(flight);
        }

        return unheard;
    }

    /// <summary>Forgets what cannot be waiting any more, where the spool is empty and nothing is on its way into it: what a damaged record had held.</summary>
    /// <param name="isSpoolEmpty">Whether the spool is empty, asked while nothing can be added.</param>
    internal void Settle(Func<bool> isSpoolEmpty)
    {
        if (Volatile.Read(ref _count) == 0)
        {
            return;
        }

        lock (_access)
        {
            if (_underWay == 0 && isSpoolEmpty())
            {
                foreach (var (customerId, _) in _customers.Where(customer => customer.Value.Landed.Count == 0).ToList())
                {
                    Remove(customerId);
                }
            }
        }
    }

    private Dictionary<int, Customer> CustomersOf(WaitingFlight flight) => flight.Batches.SelectMany(batch => batch.Tallies.Keys).Distinct()
        .Where(_customers.ContainsKey).ToDictionary(customerId => customerId, customerId => _customers[customerId]);

    private void End(WaitingFlight flight)
    {
        foreach (var (customerId, customer) in CustomersOf(flight))
        {
            customer.Flights--;
            if (customer is { Flights: 0, Deferred: { } deferred })
            {
                customer.Deferred = null;
                Take(customerId, customer, deferred.Version, deferred.Take);
            }
            else
            {
                Finish(customerId, customer);
            }
        }
    }

    private void Take(int customerId, Customer customer, long version, Action take)
    {
        take();
        foreach (var landed in customer.Landed.Where(landed => landed.Version <= version))
        {
            customer.Waiting.Take(landed.Tally);
        }

        customer.Landed.RemoveAll(landed => landed.Version <= version);
        Finish(customerId, customer);
    }

    private void TakeOff(EventBatch batch)
    {
        foreach (var (customerId, tally) in TalliesOf(batch))
        {
            if (_customers.TryGetValue(customerId, out var customer))
            {
                customer.Waiting.Take(tally);
                Finish(customerId, customer);
            }
        }
    }

    private Dictionary<int, WaitingTally> TalliesOf(EventBatch batch)
    {
        var (tallies, customers) = (new Dictionary<int, WaitingTally>(), register.Now.ById);
        foreach (ref readonly var item in CollectionsMarshal.AsSpan(batch.Events))
        {
            if (item.Billable && customers.TryGetValue(item.CustomerId, out var entry))
            {
                ref var tally = ref CollectionsMarshal.GetValueRefOrAddDefault(tallies, item.CustomerId, out _);
                tally ??= new WaitingTally();
                tally.Add(entry, batch, item);
            }
        }

        return tallies;
    }

    private void Finish(int customerId, Customer customer)
    {
        customer.Change = ++_changes;
        _changed.Add(customerId);
        if (customer.Waiting.Events <= 0 && customer.Flights == 0)
        {
            Remove(customerId);
        }
    }

    private void Remove(int customerId)
    {
        _customers.Remove(customerId);
        _changed.Add(customerId);
        Volatile.Write(ref _count, _customers.Count);
    }

    private sealed class Customer
    {
        public WaitingTally Waiting { get; } = new();

        /// <summary>What is in the database already, by the version from which on figures count it.</summary>
        public List<(long Version, WaitingTally Tally)> Landed { get; } = [];

        /// <summary>How many transactions with events of the customer are on their way.</summary>
        public int Flights { get; set; }

        /// <summary>Figures that were read while one was on its way: whether they count it is not known yet.</summary>
        public (long Version, Action Take)? Deferred { get; set; }

        public long Change { get; set; }
    }
}

/// <summary>What waits on its way into the database, in one transaction.</summary>
/// <param name="Batches">The batches with what each adds up to, by customer.</param>
internal sealed record WaitingFlight(IReadOnlyList<(EventBatch Batch, Dictionary<int, WaitingTally> Tallies)> Batches);
