namespace Portal.Domain.Values;

/// <summary>A span of time in UTC, half-open: it holds its start, and its end is the start of the next one.</summary>
public readonly record struct Period
{
    /// <summary>A period between two instants, which are taken to UTC; throws when the end lies before the start.</summary>
    public Period(DateTimeOffset start, DateTimeOffset end)
    {
        if (end < start)
        {
            throw new ArgumentException($"A period cannot end ({end:O}) before it starts ({start:O}).", nameof(end));
        }

        Start = start.ToUniversalTime();
        End = end.ToUniversalTime();
    }

    /// <summary>The first instant, which belongs to the period.</summary>
    public DateTimeOffset Start { get; }

    /// <summary>The instant the period is over, which does not belong to it.</summary>
    public DateTimeOffset End { get; }

    /// <summary>How long it lasts.</summary>
    public TimeSpan Duration => End - Start;

    /// <summary>Whether an instant lies in it.</summary>
    public bool Contains(DateTimeOffset instant) => Start <= instant && instant < End;

    /// <summary>Whether the two have an instant in common; an empty period has none with any.</summary>
    public bool Overlaps(Period other) => Intersect(other) is not null;

    /// <summary>What the two have in common, or null when that is nothing.</summary>
    public Period? Intersect(Period other)
    {
        var start = Start > other.Start ? Start : other.Start;
        var end = End < other.End ? End : other.End;
        return start < end ? new Period(start, end) : null;
    }

    /// <summary>Which part of a whole the overlap with it makes up, by elapsed time: between 0 and 1.</summary>
    /// <remarks>Elapsed time and not days, so a day of 23 hours weighs less than one of 25.</remarks>
    public decimal ShareOf(Period whole) => Intersect(whole) is { } common
        ? (decimal)common.Duration.Ticks / whole.Duration.Ticks
        : 0m;

    /// <summary>Both instants in ISO 8601, as <c>start/end</c>.</summary>
    public override string ToString() => $"{Start:O}/{End:O}";
}
