using System.Globalization;
using Portal.Domain.Forecasting;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Invoicing;

/// <summary>A forecast in words, and as the lines of a chart.</summary>
/// <param name="Forecast">The forecast.</param>
/// <param name="Spend">The running period.</param>
/// <param name="Zone">The customer's zone.</param>
public sealed record ForecastWords(Forecast Forecast, Spend Spend, string Zone)
{
    /// <summary>The likely range: <c>$61–$78</c>.</summary>
    public string Range => $"{Short(Forecast.Low)}–{Short(Forecast.High)}";

    /// <summary>What would be billed; null where the cap takes nothing off the estimate.</summary>
    public Money? Capped => Forecast.Capped < Forecast.Expected ? Forecast.Capped : null;

    /// <summary>The estimate: <c>$68</c>.</summary>
    public string Expected => Short(Forecast.Expected);

    /// <summary>The last day of the period.</summary>
    public string LastDay => Wording.Day(Spend.Period.End.AddTicks(-1), Zone);

    /// <summary>How wrong it usually is.</summary>
    public string Error => Forecast.Source switch
    {
        BandSource.Own or BandSource.OwnAndPooled =>
            $"After {Days} we were off by {Percent} (median of your last {Wording.Quantity(Forecast.Periods, "period")}).",
        BandSource.Pooled => $"After {Days} our estimates are off by {Percent} (median of all customers).",
        BandSource.Shipped when Forecast.Periods >= 3 => $"After {Days} we were off by {Percent} (median of your last {Wording.Quantity(Forecast.Periods, "period")}).",
        _ => $"After {Days} such estimates are off by {Percent} (median of typical usage).",
    };

    /// <summary>What the range rests on.</summary>
    public string Basis => Forecast.Source switch
    {
        BandSource.Own => "8 of 10 of your periods end in the range.",
        BandSource.OwnAndPooled => "8 of 10 periods end in the range, by yours and those of other customers.",
        BandSource.Pooled => "8 of 10 periods end in the range, by those of all customers.",
        _ => "The range is rough: it rests on typical usage until there are eight periods of yours.",
    };

    /// <summary>What the cap makes of it; null without one.</summary>
    public string? Cap
    {
        get
        {
            if (Spend.Limit is not { } stand)
            {
                return null;
            }

            var cap = Wording.Amount(Money.Round(stand.Limit.Amount, Spend.Currency));
            return Forecast.BreachAt is { } at
                ? $"At this rate you reach the {cap} cap about {Wording.Minute(at, Zone)}."
                : stand.Used.Amount >= stand.Limit.Amount
                    ? $"The {cap} cap is reached."
                    : HighReaches(stand) ? $"The upper end of the range is above your {cap} cap." : $"You will likely stay below your {cap} cap.";
        }
    }

    /// <summary>The chart in a sentence.</summary>
    public string Summary =>
        $"{Wording.Amount(Spend.Net + Spend.NotBilled)} so far; {Wording.Amount(Forecast.Expected)} expected by {LastDay}, likely between {Wording.Amount(Forecast.Low)} and {Wording.Amount(Forecast.High)}.";

    /// <summary>The cap as a level: fees do not count towards it, so it lies above them.</summary>
    public IReadOnlyList<ChartLevel> Levels => Spend.Limit is { } stand && stand.Limit.Amount <= Forecast.High.Amount * 3
        ? [new ChartLevel($"cap {Wording.Amount(Money.Round(stand.Limit.Amount, Spend.Currency))}{(Fees == 0 ? "" : " and fees")}", stand.Limit.Amount + Fees)]
        : [];

    private string Days => Wording.Quantity(Forecast.Day, "day");

    private string Percent => $"{Math.Round(Forecast.ErrorPercent, Forecast.ErrorPercent < 1 ? 1 : 0).ToString(CultureInfo.CurrentCulture)} %";

    private decimal Fees => (Spend.Net + Spend.NotBilled - Spend.Usage).Amount;

    /// <summary>A value of the chart, exact.</summary>
    public string Format(decimal value) => Wording.Amount(Money.Round(value, Spend.Currency));

    /// <summary>A value of the axis, without minor units.</summary>
    public string Tick(decimal value) => Short(Money.Round(value, Spend.Currency));

    /// <summary>A day of the period without its year, short enough for a phone: <c>21 Nov</c>.</summary>
    public static string DayOf(DateTimeOffset at, string zone) => Wording.Day(at, zone)[..^5];

    /// <summary>What was charged, and what is expected.</summary>
    public static IReadOnlyList<ChartSeries> SeriesOf(IReadOnlyList<ForecastDay> path) =>
    [
        new ChartSeries("so far", [.. path.Select(day => day.Actual)]),
        new ChartSeries("estimate", [.. path.Select(day => day.Expected)], IsEstimate: true),
    ];

    /// <summary>The likely range.</summary>
    public static ChartRange BandOf(IReadOnlyList<ForecastDay> path) =>
        new("likely range (8 of 10 periods)", [.. path.Select(day => day.Low)], [.. path.Select(day => day.High)]);

    private bool HighReaches(LimitStand stand) => Forecast.High.Amount - Fees >= stand.Limit.Amount;

    // Cents on an estimate pretend to know.
    private static string Short(Money money) => money.Amount is >= 10 or 0 ? money.FormatWhole(CultureInfo.CurrentCulture) : Wording.Amount(money);
}
