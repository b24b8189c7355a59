namespace Portal.Domain.Rating;

/// <summary>What was used in a period up to some point, as a price's meter aggregates it.</summary>
public sealed class RatedUsage
{
    /// <summary>A quantity and the number of events that it comes from. A percentage takes them for equal events.</summary>
    public RatedUsage(decimal quantity, long events)
        : this(quantity, events, [new ValueRun(quantity, quantity == 0 ? events : Math.Max(events, 1))])
    {
    }

    private RatedUsage(decimal quantity, long events, IReadOnlyList<ValueRun> runs)
    {
        Quantity = quantity;
        Events = events;
        Runs = runs;
    }

    /// <summary>No usage at all.</summary>
    public static RatedUsage None { get; } = new(0m, 0, []);

    /// <summary>The aggregate; for a percentage the sum of values. A negative one is rated as none.</summary>
    public decimal Quantity { get; }

    /// <summary>How many events it comes from; only percentages ask.</summary>
    public long Events { get; }

    /// <summary>The events in order of time, singly or summed up; only percentages with an allowance or bounds per event need more than one run.</summary>
    public IReadOnlyList<ValueRun> Runs { get; }

    /// <summary>The values of single events, in order of time.</summary>
    public static RatedUsage OfValues(IEnumerable<decimal> values) => OfRuns(values.Select(value => new ValueRun(value)));

    /// <summary>Events in order of time, singly or summed up.</summary>
    public static RatedUsage OfRuns(IEnumerable<ValueRun> runs)
    {
        List<ValueRun> all = [.. runs];
        return new RatedUsage(all.Sum(run => run.Value), all.Sum(run => run.Events), all);
    }

    /// <summary>The same with more at its end, up to a quantity and a number of events: what is expected or reserved on top of what came.</summary>
    public RatedUsage UpTo(decimal quantity, long events)
    {
        var (more, moreEvents) = (quantity - Quantity, events - Events);
        return more == 0 && moreEvents <= 0 ? this : OfRuns([.. Runs, new ValueRun(more, Math.Max(moreEvents, more == 0 ? 0 : 1))]);
    }

    /// <summary>The usage with the included units taken off, the earliest first; never below zero.</summary>
    internal RatedUsage Without(decimal included)
    {
        if (included == 0)
        {
            return this;
        }

        List<ValueRun> left = [.. new Allowance(events: null, included).Charged(Runs)];
        return new RatedUsage(Math.Max(0m, Quantity - included), left.Sum(run => run.Events), left);
    }
}

/// <summary>Events that follow each other in time: one, or many summed up as a usage bucket holds them.</summary>
/// <param name="Value">The sum of their values.</param>
/// <param name="Events">How many they are.</param>
/// <param name="Charges">For a percentage with bounds per event: the sum of <see cref="PercentageRate.ChargeOf"/> over them, where it is known.</param>
public readonly record struct ValueRun(decimal Value, long Events = 1, decimal? Charges = null);
