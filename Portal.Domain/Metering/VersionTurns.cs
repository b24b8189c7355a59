using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Portal.Domain.Metering;

/// <summary>Foretells the usage versions of a transaction's customers, so that its events are written while the transaction before it still holds those customers.</summary>
/// <remarks>
/// The database alone gives versions, in the order in which transactions have the customers' rows. The loops of one process take those rows in turns, and are
/// nearly always the only ones that raise versions: the next is one more than the last. Who was wrong begins anew; then all ask first, and write after, for a while.
/// </remarks>
internal sealed class VersionTurns
{
    // Somebody else raised a version (a void, a recount, another host), and may do so again: so many transactions ask first.
    private const int WaryTurns = 100;

    private readonly Lock _access = new();
    private readonly Dictionary<int, long> _last = [];
    private Task _newest = Task.CompletedTask;
    private int _wary;

    /// <summary>Takes the next turn. The transaction has its ids already: who waits for its turn must not be waited for with them.</summary>
    public VersionTurn Take(IReadOnlyCollection<int> customers)
    {
        lock (_access)
        {
            var foretold = new Dictionary<int, long>(customers.Count);
            foreach (var customer in customers)
            {
                ref var last = ref CollectionsMarshal.GetValueRefOrNullRef(_last, customer);
                if (!Unsafe.IsNullRef(ref last))
                {
                    foretold.Add(customer, ++last);
                }
            }

            var isForetold = _wary == 0 && foretold.Count == customers.Count;
            _wary = Math.Max(0, _wary - 1);
            var turn = new VersionTurn(this, _newest, foretold, isForetold);
            _newest = turn.Ended;
            return turn;
        }
    }

    /// <summary>Learns what the database gave; false where that is not what was foretold.</summary>
    internal bool Learn(VersionTurn turn, IReadOnlyDictionary<int, long> given)
    {
        var isAsForetold = turn.Foretold.All(version => given[version.Key] == version.Value);
        lock (_access)
        {
            if (!isAsForetold)
            {
                Forget();
            }

            // Who took a turn meanwhile will raise them once more.
            if (turn.Ended == _newest)
            {
                foreach (var (customer, version) in given)
                {
                    _last[customer] = version;
                }
            }
        }

        return isAsForetold;
    }

    /// <summary>Takes note of a turn that ended without raising anything.</summary>
    internal void Forgo()
    {
        lock (_access)
        {
            Forget();
        }
    }

    private void Forget()
    {
        _last.Clear();
        _wary = WaryTurns;
    }
}

/// <summary>A transaction's turn at the versions of its customers; it ends when they are raised, or when it is disposed.</summary>
internal sealed class VersionTurn(VersionTurns turns, Task before, IReadOnlyDictionary<int, long> foretold, bool isForetold) : IDisposable
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether the versions of all customers are foretold, and worth going by.</summary>
    public bool IsForetold => isForetold;

    /// <summary>The versions, of those customers of whom they can be foretold.</summary>
    public IReadOnlyDictionary<int, long> Foretold => foretold;

    /// <summary>The end of the turn.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The end of the turn before: only then may this one raise.</summary>
    public Task Before => before;

    /// <summary>Ends the turn with the versions that the database gave; false where they are not as foretold.</summary>
    public bool End(IReadOnlyDictionary<int, long> given)
    {
        var isAsForetold = turns.Learn(this, given);
        _ended.TrySetResult();
        return isAsForetold;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_ended.Task.IsCompleted)
        {
            turns.Forgo();
            _ended.TrySetResult();
        }
    }
}
