namespace Portal.Domain.Forecasting;

/// <summary>What one meter counted on each local day, from the first day with usage on. A day without usage is zero, and so is every day outside.</summary>
public sealed class DailySeries
{
    // Sums up to each day, so that any stretch is one subtraction.
    private readonly decimal[] _sums;

    /// <summary>A series.</summary>
    /// <param name="first">The first day.</param>
    /// <param name="values">One quantity for each day from there on, in the meter's unit.</param>
    public DailySeries(DateOnly first, IReadOnlyList<decimal> values)
    {
        First = first;
        _sums = new decimal[values.Count + 1];
        for (var i = 0; i < values.Count; i++)
        {
            _sums[i + 1] = _sums[i] + values[i];
        }
    }

    /// <summary>The first day: usage began on it.</summary>
    public DateOnly First { get; }

    /// <summary>The day after the last one that is known.</summary>
    public DateOnly End => First.AddDays(_sums.Length - 1);

    /// <summary>What was used on a day.</summary>
    public decimal this[DateOnly day] => Sum(day, day.AddDays(1));

    /// <summary>A series of the days that have a value, in any order; days between without one are zero, and zeros before the first usage are left out.</summary>
    /// <param name="days">Days with their quantities; a day may occur twice, and counts as their sum.</param>
    /// <param name="end">The day after the last one that is known.</param>
    /// <returns>Null where nothing was used.</returns>
    public static DailySeries? Of(IEnumerable<(DateOnly Day, decimal Quantity)> days, DateOnly end)
    {
        var used = days.Where(day => day.Quantity != 0 && day.Day < end).ToList();
        if (used.Count == 0)
        {
            return null;
        }

        var first = used.Min(day => day.Day);
        var values = new decimal[end.DayNumber - first.DayNumber];
        foreach (var (day, quantity) in used)
        {
            values[day.DayNumber - first.DayNumber] += quantity;
        }

        return new DailySeries(first, values);
    }

    /// <summary>What was used from a day up to, not including, another.</summary>
    public decimal Sum(DateOnly from, DateOnly to)
    {
        var (start, end) = (Index(from), Index(to));
        return end > start ? _sums[end] - _sums[start] : 0;
    }

    private int Index(DateOnly day) => Math.Clamp(day.DayNumber - First.DayNumber, 0, _sums.Length - 1);
}
