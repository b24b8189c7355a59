namespace Portal.Domain.Rating;

/// <summary>What is free at the beginning: events, value, or whichever of both is used up first. It is used up once and in order of time.</summary>
/// <param name="events">How many events are free at most; null for any number.</param>
/// <param name="amount">How much value is free at most; null for any value.</param>
internal sealed class Allowance(long? events, decimal? amount)
{
    private long _events = events ?? long.MaxValue;

    // No sum of values comes near the largest decimal, so it stands for "any".
    private decimal _amount = amount ?? decimal.MaxValue / 2;

    /// <summary>Whether nothing more is free.</summary>
    public bool IsUsedUp => _events <= 0 || _amount <= 0;

    /// <summary>Whether all of a run is free, in whatever order its events came, and some of the value is left over.</summary>
    /// <param name="run">Many events summed up.</param>
    /// <param name="smallest">The smallest value among them: one below zero may have ended the allowance before it gave value back.</param>
    public bool Covers(ValueRun run, decimal smallest) => smallest >= 0 && run.Value < _amount && run.Events <= _events;

    /// <summary>What of these events is left to pay for: nothing of the free ones, the rest of the one that straddles the end, all of the others.</summary>
    /// <remarks>A run of many events counts as that many equal ones.</remarks>
    public IEnumerable<ValueRun> Charged(IEnumerable<ValueRun> runs) => runs.SelectMany(ChargedOf);

    private IEnumerable<ValueRun> ChargedOf(ValueRun run)
    {
        if (_events <= 0 || _amount <= 0)
        {
            return [run];
        }

        // A value that is not positive uses up an event only, and a refund gives its value back.
        var each = run.Events == 0 ? 0m : run.Value / run.Events;
        var freeByAmount = run.Value <= _amount ? run.Events : (long)decimal.Floor(_amount / each);
        var free = Math.Min(Math.Min(freeByAmount, _events), run.Events);
        if (free == run.Events)
        {
            _events -= free;
            _amount -= run.Value;
            return [];
        }

        _events -= free;
        _amount -= free * each;
        var rest = new ValueRun(run.Value - (free * each), run.Events - free);
        if (_events == 0 || _amount <= 0)
        {
            return [rest];
        }

        // The next event begins inside the allowance and ends outside: it pays on the rest of its value, and ends the allowance.
        var straddling = new ValueRun(each - _amount);
        _amount = 0;
        return rest.Events == 1 ? [straddling] : [straddling, new ValueRun(rest.Value - each, rest.Events - 1)];
    }
}
