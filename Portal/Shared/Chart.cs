namespace Portal.Shared;

/// <summary>One line or one part of each column.</summary>
/// <param name="Name">What it is, for the legend and the table.</param>
/// <param name="Values">One value per label; null where there is none, which leaves a gap.</param>
/// <param name="IsEstimate">Drawn dashed, and named so.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<decimal?> Values, bool IsEstimate = false);

/// <summary>A range around an estimate, one pair per label; null where there is none.</summary>
/// <param name="Name">What it is: "likely range (8 of 10 months)".</param>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end.</param>
public sealed record ChartRange(string Name, IReadOnlyList<decimal?> Low, IReadOnlyList<decimal?> High);

/// <summary>A level that matters, as a line across: a cap, a budget.</summary>
/// <param name="Name">What it is, with its figure: "cap $500".</param>
/// <param name="Value">Where it lies.</param>
public sealed record ChartLevel(string Name, decimal Value);

/// <summary>The vertical axis of a chart: from 0 to a round number above everything, in two to four steps. Pure.</summary>
/// <param name="Max">The round number.</param>
/// <param name="Step">The distance of the lines.</param>
public sealed record ChartScale(decimal Max, decimal Step)
{
    private const int LinesMax = 5;

    private static readonly decimal[] s_steps = [0.25m, 0.5m, 1, 2, 2.5m];

    /// <summary>The lines, from 0 up.</summary>
    public IEnumerable<decimal> Lines
    {
        get
        {
            for (var line = 0m; line <= Max; line += Step)
            {
                yield return line;
            }
        }
    }

    /// <summary>The scale for values up to <paramref name="highest"/>; an empty chart gets one from 0 to 1.</summary>
    public static ChartScale For(decimal highest)
    {
        if (highest <= 0)
        {
            return new ChartScale(1, 1);
        }

        var power = 1m;
        while (power * 10 <= highest)
        {
            power *= 10;
        }

        while (power > highest)
        {
            power /= 10;
        }

        var step = s_steps.Select(factor => factor * power).First(step => highest / step <= LinesMax - 1);
        return new ChartScale(Math.Ceiling(highest / step) * step, step);
    }

    /// <summary>How high a value lies, in percent from the bottom; what is negative lies on the bottom.</summary>
    public decimal Height(decimal value) => Math.Clamp(value / Max * 100, 0, 100);
}
