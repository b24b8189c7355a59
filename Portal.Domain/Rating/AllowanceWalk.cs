namespace Portal.Domain.Rating;

/// <summary>Walks through a percentage's events in order of time, many summed up where that is enough, and says where it is not: where what is free ends among them.</summary>
public sealed class AllowanceWalk
{
    private readonly Allowance _included;
    private readonly Allowance? _free;

    /// <summary>Starts at the beginning of a period.</summary>
    public AllowanceWalk(PriceTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        _included = new Allowance(events: null, terms.Included);
        _free = terms.Rate is PercentageRate { HasAllowance: true } rate ? new Allowance(rate.FreeEvents, rate.FreeAmount) : null;
    }

    /// <summary>Whether these events have to be passed one by one.</summary>
    /// <param name="run">They, summed up.</param>
    /// <param name="smallest">The smallest value among them.</param>
    public bool NeedsEach(ValueRun run, decimal smallest) => _included.IsUsedUp
        ? _free is { IsUsedUp: false } && !_free.Covers(run, smallest)
        : !_included.Covers(run, smallest);

    /// <summary>Passes the next event, or the next ones summed up.</summary>
    public void Pass(ValueRun run)
    {
        foreach (var left in _included.Charged([run]))
        {
            // What is charged in the end is the rating's business.
            _ = _free?.Charged([left]).Count();
        }
    }
}
