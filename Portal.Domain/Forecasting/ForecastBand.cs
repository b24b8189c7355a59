namespace Portal.Domain.Forecasting;

/// <summary>Whose past errors a likely range rests on.</summary>
public enum BandSource
{
    /// <summary>The meter's own last periods.</summary>
    Own,

    /// <summary>Its own few, and those of all customers.</summary>
    OwnAndPooled,

    /// <summary>Those of all customers.</summary>
    Pooled,

    /// <summary>Those of typical usage that the product ships with: rough.</summary>
    Shipped,
}

/// <summary>How far the remaining quantity may lie from the estimate: in 8 of 10 periods between these.</summary>
/// <param name="Low">Times the estimate, the lower end.</param>
/// <param name="High">Times the estimate, the upper end.</param>
/// <param name="Error">By how much the period's total is missed in the median, as a share of it.</param>
/// <param name="Periods">The meter's own periods that it rests on.</param>
/// <param name="Source">Whose errors.</param>
public sealed record ForecastBand(decimal Low, decimal High, decimal Error, int Periods, BandSource Source)
{
    /// <summary>The own periods from which on no others are asked.</summary>
    public const int OwnEnough = 8;

    /// <summary>The most own periods that count: the newest.</summary>
    public const int OwnMost = 12;

    private const int OwnLeast = 3;
    private const int PoolLeast = 20;
    private const decimal Tail = 0.1m;

    /// <summary>The range for a day of a period.</summary>
    /// <param name="own">The meter's own past periods on the same day, the newest last.</param>
    /// <param name="pool">Ratios and errors of all customers on the same day; may be empty.</param>
    /// <param name="share">The share of the period's days that is over, for what the product ships with.</param>
    public static ForecastBand Of(IReadOnlyList<PastForecast> own, PastErrors pool, decimal share)
    {
        var newest = own.TakeLast(OwnMost).ToList();
        var ratios = newest.Select(past => past.Ratio).OfType<decimal>().ToList();
        var errors = newest.Select(past => past.Error).OfType<decimal>().ToList();
        if (ratios.Count >= OwnEnough)
        {
            return Make(ratios, errors, newest.Count, BandSource.Own);
        }

        var isPooled = pool.Ratios.Count >= PoolLeast;
        var others = isPooled ? pool : ShippedErrors.At(share);
        return ratios.Count >= OwnLeast
            ? Make([.. Weighed(ratios, others.Ratios.Count), .. others.Ratios], errors, newest.Count, isPooled ? BandSource.OwnAndPooled : BandSource.Shipped)
            : Make(others.Ratios, others.Errors, newest.Count, isPooled ? BandSource.Pooled : BandSource.Shipped);
    }

    /// <summary>The range, made as wide as the days of the series alone make it where it rests on others: typical usage says too little of one whose days are far apart.</summary>
    /// <param name="irregularity">See <see cref="Irregularity"/>.</param>
    public ForecastBand Widened(decimal irregularity) => Source is BandSource.Own
        ? this
        : this with { Low = Math.Max(0, Math.Min(Low, 1 - irregularity)), High = Math.Max(High, 1 + irregularity) };

    // The few own ones weigh as much as the many of others together.
    private static IEnumerable<decimal> Weighed(List<decimal> own, int others) =>
        Enumerable.Repeat(own, Math.Max(1, others / own.Count)).SelectMany(ratios => ratios);

    private static ForecastBand Make(IReadOnlyList<decimal> ratios, IReadOnlyList<decimal> errors, int periods, BandSource source) => new(
        Rank(ratios, Tail), Rank(ratios, 1 - Tail), Rank(errors, 0.5m), periods, source);

    /// <summary>The value at a share of the sorted values, by ranks among n + 1: with n values as many gaps for the next one to fall into.</summary>
    internal static decimal Rank(IReadOnlyList<decimal> values, decimal share)
    {
        if (values.Count == 0)
        {
            return 0;
        }

        decimal[] sorted = [.. values.Order()];
        var rank = Math.Clamp(share * (sorted.Length + 1), 1, sorted.Length);
        var below = (int)rank;
        return below == sorted.Length ? sorted[^1] : sorted[below - 1] + (rank - below) * (sorted[below] - sorted[below - 1]);
    }
}

/// <summary>What past forecasts came to, on one day of their periods.</summary>
/// <param name="Ratios">Actual over expected remaining quantities.</param>
/// <param name="Errors">By how much totals were missed, as shares of them.</param>
public sealed record PastErrors(IReadOnlyList<decimal> Ratios, IReadOnlyList<decimal> Errors)
{
    /// <summary>No past.</summary>
    public static readonly PastErrors None = new([], []);
}
