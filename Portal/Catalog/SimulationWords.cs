using System.Globalization;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Catalog;

/// <summary>The figures of a simulation in words. The sign is said, so that nothing rests on a colour.</summary>
public static class SimulationWords
{
    /// <summary>A change as a sentence begins: "up $12.30, 4.9 %".</summary>
    public static string Change(Money delta, decimal? percent) => delta.Minor == 0
        ? "No difference"
        : $"{(delta.Minor > 0 ? "Up" : "Down")} {Wording.Amount(delta.Minor > 0 ? delta : -delta)}{(percent is { } share ? $", {Wording.Share(Math.Abs(share))}" : "")}";

    /// <summary>A difference in a table: "+$3.00".</summary>
    public static string Difference(Money delta) => delta.Minor > 0 ? $"+{Wording.Amount(delta)}" : Wording.Amount(delta);

    /// <summary>The same in percent; "new" where there was nothing before.</summary>
    public static string Difference(decimal? percent, Money delta) => (percent, delta.Minor) switch
    {
        (_, 0) => "0\u00a0%",
        (null, _) => "new",
        ({ } share, _) => $"{(share > 0 ? "+" : "")}{Wording.Share(share)}",
    };

    /// <summary>A range of the histogram, short enough for a column.</summary>
    public static string Range(ChangeBucket bucket)
    {
        ArgumentNullException.ThrowIfNull(bucket);
        return (bucket.From, bucket.To) switch
        {
            (0, 0) => "same",
            (null, { } to) => $"< {Whole(to)}",
            ({ } from, null) => $"> {Whole(from)}",
            var (from, to) => $"{from:0}…{Whole(to!.Value)}",
        };
    }

    /// <summary>A range of the histogram as it follows a number.</summary>
    public static string RangeInWords(ChangeBucket bucket)
    {
        ArgumentNullException.ThrowIfNull(bucket);
        return (bucket.From, bucket.To) switch
        {
            (0, 0) => "unchanged",
            (null, { } to) => $"over {-to:0} percent less",
            ({ } from, null) => $"over {from:0} percent more",
            ({ } from, { } to) when to <= 0 => $"{-to:0} to {-from:0} percent less",
            var (from, to) => $"{from:0} to {to:0} percent more",
        };
    }

    private static string Whole(decimal percent) => percent.ToString("0", CultureInfo.CurrentCulture) + "%";
}
