using System.Collections.Concurrent;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Metering.Spooling;
using Portal.Domain.Storage;

namespace Portal.Domain.Limits;

/// <summary>What customers' running periods come to, as read last, and with what waits on this host's disk on top while the database is away.</summary>
/// <remarks>What waits is rated by the code and the usage that the invoice is made of, from memory: tiers, included units and discounts go on counting.</remarks>
public sealed class KnownSpends(WaitingUsage waiting, SpendReader spends)
{
    private readonly ConcurrentDictionary<int, Spend?> _read = new();
    private readonly ConcurrentDictionary<int, Counted> _counted = new();

    /// <summary>What was read last, by customer; null where no period ran.</summary>
    internal IEnumerable<KeyValuePair<int, Spend?>> All => _read;

    /// <summary>Whether a customer's spend has been read since the start.</summary>
    internal bool Has(int customerId) => _read.ContainsKey(customerId);

    /// <summary>Whether something of a customer waits, so that it matters which version of its usage is read.</summary>
    internal bool IsWaiting(int customerId) => waiting.Has(customerId);

    /// <summary>What a customer's running period came to when it was last read; null where none ran, or nothing was read since the start.</summary>
    internal Spend? Read(int customerId) => _read.GetValueOrDefault(customerId);

    /// <summary>Takes in what was read; what it counts waits no longer. While the replay is storing usage of the customer, that is when it has.</summary>
    /// <param name="customerId">The customer.</param>
    /// <param name="spend">Its running period; null where none runs. Without what it was rated by, nothing that waits is counted on top.</param>
    internal void Take(int customerId, Spend? spend)
    {
        if (waiting.Has(customerId))
        {
            waiting.Take(customerId, spend?.UsageVersion ?? long.MaxValue, () => _read[customerId] = spend);
        }
        else
        {
            _read[customerId] = spend;
            _counted.TryRemove(customerId, out _);
        }
    }

    /// <summary>A customer's running period with what waits; null where nothing does, or nothing is limited by it.</summary>
    internal (Spend Counted, Spend? Known)? WithWaiting(CustomerEntry entry, DateTimeOffset now)
    {
        var id = entry.Customer.Id;
        if (!waiting.Has(id) || entry.Subscription is not { } subscription || BillingPeriods.At(entry.Customer, subscription, now) is not { } period)
        {
            return null;
        }

        var (known, change, totals) = waiting.Of(id, period.Start, () => _read.GetValueOrDefault(id));
        // A new period begins with nothing, whatever was read of the one before.
        var isOfPeriod = known?.Period == period;
        if (totals.Count == 0 || (isOfPeriod && known!.Basis is null))
        {
            return null;
        }

        if (!_counted.TryGetValue(id, out var counted) || counted.Change != change || !ReferenceEquals(counted.Known, known) || counted.Spend.Period != period)
        {
            counted = new Counted(change, known, spends.Counting(entry, subscription, period, isOfPeriod ? known!.Basis : null, totals));
            _counted[id] = counted;
        }

        return (counted.Spend, known);
    }

    private sealed record Counted(long Change, Spend? Known, Spend Spend);
}
